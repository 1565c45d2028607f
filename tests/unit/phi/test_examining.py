"""Files as parts, findings without text, the allow-list, names of files."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.errors import UsageError
from wardround.phi.allow import AllowList, digest, parse
from wardround.phi.examining import Examiner, distinct
from wardround.phi.finding import fingerprint
from wardround.phi.paths import path_findings, shown

KEY = b"a secret of this test"


def found(name: str, content: bytes, **more) -> set[tuple[str, int, str]]:
    return {(item.kind, item.line, item.part) for item in Examiner(key=KEY).file(name, content, **more)}


def test_lines_of_a_text_and_only_those_asked_for() -> None:
    text = b"one\nMRN 4471203\nthree\nMRN 4471204\n"
    assert found("a.log", text) == {("mrn", 2, ""), ("mrn", 4, "")}
    assert found("a.log", text, only={4}) == {("mrn", 4, "")}


def test_a_label_on_the_line_above_counts() -> None:
    text = b'x\n"patient name":\n  "Kwame Okafor"\nx\n'
    assert found("a.json", text) == {("name", 3, "")}
    assert found("a.json", text, only={3}) == {("name", 3, "")}
    assert found("a.json", text, only={2}) == set()


CORPUS = [
    json.loads(line)["text"]
    for line in (Path(__file__).parent / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
]
PADDED = "\n".join(f"{text}\nplain words\nand more\n" * (1 + number % 3) for number, text in enumerate(CORPUS))


WHOLE = found("a.txt", PADDED.encode())


@settings(max_examples=40, deadline=None)
@given(only=st.sets(st.integers(1, PADDED.count("\n") + 40), max_size=60))
def test_asked_lines_are_found_as_in_the_whole(only: set[int]) -> None:
    """A long text is scanned only around the asked lines; nothing is found there that is not in the whole, and nothing is missed."""
    assert found("a.txt", PADDED.encode(), only=only) == {item for item in WHOLE if item[1] in only}


def test_outputs_of_a_notebook() -> None:
    cells = [
        {"cell_type": "code", "source": ["df.head()"], "outputs": [{"data": {"text/html": ["<td>patient name: ", "Jane Whitcombe</td>"], "image/png": "AAAA"}}]},
        {"cell_type": "code", "source": "show()", "outputs": [{"data": {"image/jpeg": "AAAA"}}, {"output_type": "error", "traceback": ["KeyError: MRN 4471203"]}]},
    ]  # fmt: skip
    assert found("look.ipynb", json.dumps({"cells": cells}).encode()) == {
        ("name", 0, "cell 1 output"),
        ("photo", 0, "cell 2 output"),
        ("mrn", 0, "cell 2 output"),
    }


def test_columns_of_a_table_by_name_and_by_values() -> None:
    text = "patient_id,dob,nhs,town,age\n" + "".join(
        f"P{row:05d},19{row:02d}-03-0{row % 9 + 1},406135895{row % 10},Leeds,{row}\n" for row in range(30, 60)
    )
    kinds = {(kind, part) for kind, _, part in found("visits.csv", text.encode())}
    assert {
        ("row_level", "column patient_id"),
        ("date", "column dob"),
        ("nhs_number", "column nhs"),
        ("address", "column town"),
    } == kinds


def test_a_column_of_valid_numbers_needs_no_name() -> None:
    from wardround.phi.checks import nhs

    numbers = [str(number) for number in range(4_000_000_000, 4_000_000_400) if nhs(str(number))]
    assert len(numbers) > 10
    table = pa.table({"x": numbers, "y": [str(number) for number in range(len(numbers))]})
    stream = io.BytesIO()
    pq.write_table(table, stream)
    assert {(kind, part) for kind, _, part in found("t.parquet", stream.getvalue())} == {("nhs_number", "column x")}


@pytest.mark.parametrize(
    ("name", "content"),
    [("scan.dcm", b""), ("x.bin", b"\0" * 128 + b"DICM"), ("face.jpg", b"\xff\xd8"), ("page.tiff", b"II*\0")],
)
def test_pictures(name, content) -> None:
    assert {kind for kind, _, _ in found(name, content)} == {"photo"}


@pytest.mark.parametrize("name", ["a.sas7bdat", "a.pkl", "a.pdf", "a.sqlite", "a.xlsx", "a.gz", "a.parquet"])
def test_what_cannot_be_read_is_said(name) -> None:
    assert {kind for kind, _, _ in found(name, b"no such thing")} == {"unreadable"}


def test_archives_are_opened() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/sharedStrings.xml", "<si><t>MRN: 4471203</t></si>")
    assert ("mrn", 2, "xl/sharedStrings.xml.txt") in found("sheet.xlsx", stream.getvalue())
    assert {kind for kind, _, _ in found("log.txt.gz", gzip.compress(b"MRN 4471203"))} == {"mrn"}


def test_a_finding_never_holds_the_text() -> None:
    secret = "Jane Whitcombe"
    findings = distinct(Examiner(key=KEY).file("a.txt", f"patient name: {secret}\n".encode() * 3))
    assert len(findings) == 1
    assert "Whitcombe" not in repr(findings)
    assert findings[0].fingerprint == fingerprint(KEY, "name", "JANE WHITCOMBE")
    assert findings[0].fingerprint != fingerprint(b"another", "name", secret)
    assert fingerprint(b"", "name", secret) == ""


def test_names_of_files() -> None:
    examiner = Examiner(key=KEY)
    assert [item.kind for item in path_findings(examiner, "data/mary_jones_1950.csv")] == ["name"]
    assert shown("data/mary_jones_1950.csv") == "data/[name]_1950.csv"
    assert [item.place for item in path_findings(examiner, "data/212-34-5678.csv")] == ["data/[ssn].csv"]
    assert list(path_findings(examiner, "src/mary_jones.py")) == []


def test_the_allow_list() -> None:
    mark = digest("Jane Whitcombe")
    allow = parse(
        f"allow:\n- path: 'docs/*'\n  kinds: [name]\n  texts: ['{mark}']\n  because: The heroine of a textbook.\n".encode()
    )
    assert allow.allows("docs/a/b.md", "name", "jane whitcombe")
    assert not allow.allows("docs/a/b.md", "name", "Jane Lindqvist")
    assert not allow.allows("src/a.py", "name", "Jane Whitcombe")
    assert not allow.allows("docs/a.md", "mrn", "Jane Whitcombe")
    text = b"patient name: Jane Whitcombe"
    assert list(Examiner(allow).file("docs/a.md", text)) == []
    assert len(list(Examiner(AllowList()).file("docs/a.md", text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "allow: 3", "- path: x", "allow:\n- path: x\n", "allow:\n- path: x\n  because: short\n", "allow:\n- path: x\n  because: long enough it is\n  kinds: [nam]\n",
        "allow:\n- because: long enough it is\n", "allow:\n- path: x\n  because: long enough it is\n  more: 1\n", "a: [", "allow:\n- path: x\n  because: long enough it is\n  kinds: name\n",
    ],
)  # fmt: skip
def test_a_list_that_is_wrong_is_explained(text) -> None:
    with pytest.raises(UsageError):
        parse(text.encode())
