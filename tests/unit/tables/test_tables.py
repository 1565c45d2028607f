"""Raw tables: every packing is read, every fault is explained, no cell is quoted."""

import bz2
import gzip
import lzma
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from wardround.errors import EnvironmentFailure, UsageError
from wardround.tables import TableSource, open_table, sniff_text, stable_hash
from wardround.tables.source import find_files
from wardround.tables.streams import separator_of

TEXT = 'id,name,note\n1,Zoë,"a, b"\n2,Åsa,"two\nlines"\n\n3,,\n'
ROWS = [
    {"id": "1", "name": "Zoë", "note": "a, b"},
    {"id": "2", "name": "Åsa", "note": "two\nlines"},
    {"id": "3", "name": "", "note": ""},
]


def read(path: str, root: Path, **settings: object) -> list[dict[str, object]]:
    reader = open_table(TableSource(path, root=root, **settings))
    return [row for batch in reader.batches() for row in batch.to_pylist()]


def zipped(content: bytes, *names: str) -> bytes:
    import io

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("pack", "name"),
    [
        (bytes, ""),
        (gzip.compress, "gzip"),
        (bz2.compress, "bzip2"),
        (lzma.compress, "xz"),
        (lambda content: zipped(content, "t.csv", "__MACOSX/t.csv"), "zip"),
    ],
)
def test_compression_is_found_by_content_not_by_name(tmp_path: Path, pack: object, name: str) -> None:
    (tmp_path / "t.csv").write_bytes(pack(TEXT.encode()))
    assert read("t.csv", tmp_path) == ROWS
    assert open_table(TableSource("t.csv", root=tmp_path)).parts[0].sniffed.compression == name


@pytest.mark.parametrize(
    ("encoding", "found", "bom"),
    [
        ("utf-8", "utf-8", False),
        ("utf-8-sig", "utf-8", True),
        ("latin-1", "cp1252", False),
        ("utf-16", "utf-16", True),
    ],
)
def test_encodings_are_sniffed(tmp_path: Path, encoding: str, found: str, bom: bool) -> None:
    (tmp_path / "t.csv").write_bytes(TEXT.encode(encoding))
    reader = open_table(TableSource("t.csv", encoding=None, separator=None, root=tmp_path))
    assert (reader.parts[0].sniffed.encoding, reader.parts[0].sniffed.bom) == (found, bom)
    assert reader.columns == ("id", "name", "note")
    assert [row for batch in reader.batches() for row in batch.to_pylist()] == ROWS


def test_a_byte_that_windows_leaves_undefined_makes_it_latin_1(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"a,b\n\xe9,\x81\n")
    file = find_files(TableSource("t.csv", root=tmp_path))[0]
    assert sniff_text(file).encoding == "latin-1"


def test_a_wrong_encoding_says_where_and_what_would_read_it(tmp_path: Path) -> None:
    filler = "x" * 2_000_000
    (tmp_path / "t.csv").write_bytes(f"a,b\n{filler},é\n".encode("latin-1"))
    with pytest.raises(UsageError) as caught:
        read("t.csv", tmp_path)
    message = str(caught.value)
    assert "t.csv: byte 2000005" in message
    assert "cp1252 or latin-1" in message
    assert "xx" not in message


def test_a_wrong_encoding_in_the_header_is_found_at_once(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("größe,b\n1,2\n".encode("latin-1"))
    with pytest.raises(UsageError, match="byte 2"):
        open_table(TableSource("t.csv", root=tmp_path))


def test_an_encoding_that_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TEXT)
    with pytest.raises(UsageError, match="no such encoding"):
        open_table(TableSource("t.csv", encoding="utf-nine", root=tmp_path))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators(separator: str) -> None:
    assert separator_of(separator.join(["a", "b", "c"]) + "\n" + separator.join(["1", '"x, y; z"', "3"])) == separator


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_notes_of_several_lines_and_a_broken_row_hide_no_separator(separator):
    note = '"seen, ""well""; home|\n\tplan:\n\nreview"'
    rows = [separator.join(["id", "note", "age"])] + [separator.join([str(i), note, "70"]) for i in range(40)]
    rows[3] = separator.join(["3", "x"])
    for end in ("\n", "\r\n"):
        text = end.join(rows)
        assert separator_of(text) == separator
        assert {separator_of(text[:cut]) for cut in range(text.index(rows[5]), len(text))} == {separator}


def test_broken_records_are_all_listed_with_lines_and_field_counts(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('a,b\n1,"two\nlines"\n1,2,SECRET\n\n3,4\nSECRET\n' + "1,2,3\n" * 7)
    with pytest.raises(UsageError) as caught:
        read("t.csv", tmp_path)
    problems = caught.value.problems
    assert [problem.where for problem in problems[:3]] == ["t.csv: line 4", "t.csv: line 7", "t.csv: line 8"]
    assert (problems[0].wanted, problems[0].found, problems[1].found) == ("2 fields", "3 fields", "1 field")
    assert "and 4 more" in problems[-1].what
    assert "SECRET" not in str(caught.value)


def test_a_quote_that_is_never_closed(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('a,b\n1,2\n3,"SECRET\n5,6\n7,8\n')
    with pytest.raises(UsageError, match="never closed") as caught:
        read("t.csv", tmp_path)
    assert "SECRET" not in str(caught.value)
    (tmp_path / "t.csv").write_text('a,b\n1,"' + "x\n" * 5000)
    with pytest.raises(UsageError, match="never closed"):
        read("t.csv", tmp_path, block_bytes=1024)


def test_an_inch_mark_is_no_open_quote(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('a,b\n1,5" pipe\n')
    assert read("t.csv", tmp_path) == [{"a": "1", "b": '5" pipe'}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "holds no header"),
        (b"a,b\n", "a header but no row"),
        (b"a,b,a\n1,2,3\n", "more than once in the header: a"),
        (b"63,1,4\n1,2,3\n", "not a header"),
        (b"a;b\n1;2\n", "data.separator"),
        (gzip.compress(TEXT.encode() * 500)[:-20], "damaged or cut off"),
        (zipped(TEXT.encode(), "a.csv", "b.csv"), "exactly one file"),
        (zipped(TEXT.encode(), "a.csv")[:-30], "damaged or cut off"),
        (b"PAR1" + b"x" * 100, "damaged or cut off"),
    ],
)
def test_what_cannot_be_read_is_explained(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(UsageError, match=message):
        read("t.csv", tmp_path)


def test_a_header_of_cells_is_not_quoted(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("63.0,145.0,145.0,?\n1,2,3,4\n")
    with pytest.raises(UsageError) as caught:
        read("t.csv", tmp_path)
    assert "145" not in str(caught.value)


def test_nameless_and_padded_columns_get_names(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(", age \n0,3\n")
    assert read("t.csv", tmp_path) == [{"unnamed_1": "0", "age": "3"}]


@pytest.mark.parametrize(
    "content", ["\n\na,b\n1,2\n", "a,b\r1,2\r", "a,b\r\n1,2\r\n", "\r\na,b\r\n\r\n1,2", "a,b\n1,2"]
)
def test_line_ends_and_blank_lines(tmp_path: Path, content: str) -> None:
    (tmp_path / "t.csv").write_bytes(content.encode())
    assert read("t.csv", tmp_path) == [{"a": "1", "b": "2"}]


def test_excel_workbooks_are_told(tmp_path: Path) -> None:
    for content in (zipped(b"x", "xl/workbook.xml", "other.xml"), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 50):
        (tmp_path / "t.xlsx").write_bytes(content)
        with pytest.raises(UsageError, match="Excel workbook"):
            read("t.xlsx", tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"name": "Quimby", "age": 3}\n', "JSON"),
        (b'[{"name": "Quimby", "age": 3}]', "JSON"),
        (b"ARROW1\x00\x00Quimby", "not text"),
        ("Quimby,age\n1,2\n".encode("utf-16-le"), "not text"),
    ],
)
def test_other_formats_are_told_and_never_quoted(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(UsageError, match=words) as caught:
        read("t.csv", tmp_path)
    assert "Quimby" not in str(caught.value)


def test_archives_that_are_encrypted_or_damaged_inside(tmp_path: Path) -> None:
    content = bytearray(zipped(TEXT.encode(), "a.csv"))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        content[content.index(mark) + (6 if mark[2] == 3 else 8)] |= 1
    (tmp_path / "t.zip").write_bytes(bytes(content))
    with pytest.raises(UsageError, match="encrypted"):
        read("t.zip", tmp_path)
    for pack in (lzma.compress, bz2.compress, gzip.compress):
        whole = bytearray(pack(np.random.default_rng(0).bytes(3000).hex().encode() + TEXT.encode()))
        whole[len(whole) // 2] ^= 255
        (tmp_path / "t.csv").write_bytes(bytes(whole))
        with pytest.raises(UsageError, match="damaged or cut off"):
            read("t.csv", tmp_path)


def test_storage_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    def down(*_: object, **__: object) -> None:
        raise ConnectionResetError(104, "Connection reset by peer")

    (tmp_path / "t.csv").write_text(TEXT)
    with monkeypatch.context() as patch:
        patch.setattr(MemoryFileSystem, "exists", down)
        with pytest.raises(EnvironmentFailure, match="Connection reset"):
            read("memory://wardround-test/one.csv", tmp_path)
    file = find_files(TableSource("t.csv", root=tmp_path))[0]
    with monkeypatch.context() as patch:
        patch.setattr(type(file.filesystem), "open", down)
        with pytest.raises(EnvironmentFailure, match="Connection reset"):
            file.open()
    (tmp_path / "t.csv").unlink()
    with pytest.raises(UsageError, match="not there"):
        file.open()


def test_a_reading_error_is_not_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from wardround.tables.source import SourceFile

    class Failing:
        def read(self, size: int = -1) -> bytes:
            raise OSError(5, "Input/output error")

        def close(self) -> None:
            pass

    (tmp_path / "t.csv").write_text(TEXT)
    monkeypatch.setattr(SourceFile, "open", lambda _: Failing())
    with pytest.raises(EnvironmentFailure, match="Input/output error"):
        read("t.csv", tmp_path)


def test_plain_types() -> None:
    from wardround.tables.parquet import plain_type

    assert plain_type(pa.dictionary(pa.int32(), pa.large_string())) == pa.string()
    assert plain_type(pa.large_binary()) == pa.binary()
    assert plain_type(pa.null()) == pa.string()
    assert plain_type(pa.int16()) == pa.int16()


def test_a_missing_file_suggests_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "visits.csv").write_text(TEXT)
    with pytest.raises(UsageError, match=r"did you mean visits\.csv"):
        read("visit.csv", tmp_path)
    with pytest.raises(UsageError, match="no file matches"):
        read("*.parquet", tmp_path)
    with pytest.raises(UsageError, match="is a directory"):
        read(".", tmp_path)


def test_a_file_whose_name_looks_like_a_glob(tmp_path: Path) -> None:
    (tmp_path / "t[1].csv").write_text(TEXT)
    assert read("t[1].csv", tmp_path) == ROWS


def test_urls_are_read_and_their_secrets_kept(tmp_path: Path) -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe("/wardround-test/one.csv", TEXT.encode())
    assert read("memory://wardround-test/*.csv", tmp_path) == ROWS
    with pytest.raises(UsageError, match="no file matches"):
        read("memory://wardround-test/none*.csv", tmp_path)
    with pytest.raises(UsageError, match="not there"):
        read("memory://wardround-test/none.csv", tmp_path)
    with pytest.raises((UsageError, EnvironmentFailure)) as caught:
        read("nothing://user:hunter2@host/t.csv?token=hunter2", tmp_path)
    assert "hunter2" not in str(caught.value)


def test_files_of_a_glob_are_read_in_order_and_columns_realigned(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("y,x\n2,1\n")
    (tmp_path / "a.csv").write_text("x,y\n3,4\n")
    assert read("*.csv", tmp_path) == [{"x": "3", "y": "4"}, {"x": "1", "y": "2"}]


def test_all_differences_between_files_are_reported(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n3,4\n")
    (tmp_path / "b.csv").write_text("x,z\n3,4\n")
    parquet.write_table(pa.table({"x": [1]}), tmp_path / "c.csv")
    with pytest.raises(UsageError) as caught:
        read("*.csv", tmp_path)
    assert [problem.where for problem in caught.value.problems] == ["b.csv", "c.csv"]
    assert caught.value.problems[0].found == "missing: y; added: z"


def test_parquet_types_of_files_are_united_where_that_is_exact(tmp_path: Path) -> None:
    parquet.write_table(
        pa.table({"x": pa.array([1, 2]), "c": pa.array(["u", "v"]).dictionary_encode()}), tmp_path / "a.parquet"
    )
    parquet.write_table(pa.table({"x": [None, 2.5], "c": pa.array(["w", None])}), tmp_path / "b.parquet")
    assert read("*.parquet", tmp_path) == [
        {"x": 1.0, "c": "u"},
        {"x": 2.0, "c": "v"},
        {"x": None, "c": "w"},
        {"x": 2.5, "c": None},
    ]
    parquet.write_table(pa.table({"x": ["no"], "c": ["w"]}), tmp_path / "c.parquet")
    with pytest.raises(UsageError, match="different types in one column"):
        read("*.parquet", tmp_path)


def test_parquet_as_text_and_without_pandas_index(tmp_path: Path) -> None:
    import pandas as pd

    frame = pd.DataFrame({"x": [1, 2]}, index=["p", "q"])
    frame.to_parquet(tmp_path / "a.parquet")
    reader = open_table(TableSource("a.parquet", root=tmp_path))
    assert [row for batch in reader.text_batches() for row in batch.to_pylist()] == [{"x": "1"}, {"x": "2"}]


def test_parquet_cut_off_or_nested_or_archived(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"x": list(range(1000)), "l": [[1]] * 1000}), tmp_path / "a.parquet")
    reader = open_table(TableSource("a.parquet", root=tmp_path))
    assert (reader.columns, reader.nested) == (("x",), ("l",))
    assert sum(batch.num_rows for batch in reader.batches()) == 1000
    content = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(content[: len(content) // 2])
    with pytest.raises(UsageError, match="damaged or cut off"):
        read("b.parquet", tmp_path)
    (tmp_path / "c.parquet").write_bytes(gzip.compress(content))
    with pytest.raises(UsageError, match="inside an archive"):
        read("c.parquet", tmp_path)


def test_batches_are_bounded_and_repeatable(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{i},{i}\n" for i in range(20_000)))
    reader = open_table(TableSource("t.csv", root=tmp_path, block_bytes=4096))
    sizes = [batch.num_rows for batch in reader.batches()]
    assert len(sizes) > 20
    assert sum(sizes) == sum(batch.num_rows for batch in reader.batches()) == 20_000


def fnv(text: str, seed: int) -> int:
    """The hash again, character by character."""
    mask = (1 << 64) - 1

    def mix(value: int) -> int:
        value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & mask
        value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & mask
        return value ^ (value >> 31)

    state = 0xCBF29CE484222325 ^ mix(seed)
    for byte in text.encode():
        state = ((state ^ byte) * 0x100000001B3) & mask
    return mix(state ^ len(text.encode()))


def test_the_hash_is_the_same_as_a_plain_loop_and_as_ever() -> None:
    texts = ["", "a", "ab", "patient 17", "Zoë", "x" * 300, "a"]
    assert stable_hash(texts, 7).tolist() == [fnv(text, 7) for text in texts]
    assert stable_hash(pa.chunked_array([["q", None], ["z"]])).tolist() == [fnv("q", 0), fnv("", 0), fnv("z", 0)]
    assert stable_hash(pa.array(["skip", "a", "ab"]).slice(1)).tolist() == [fnv("a", 0), fnv("ab", 0)]
    assert stable_hash(["S000000001"]).tolist() == [fnv("S000000001", 0)] == [10302646404569245528]
    assert len(stable_hash([])) == 0


def test_the_hash_spreads_consecutive_identifiers() -> None:
    shares = np.bincount((stable_hash([f"S{i:09d}" for i in range(100_000)]) % np.uint64(16)).astype(int), minlength=16)
    assert shares.min() > 5_900
    assert shares.max() < 6_600


def test_some_columns_and_texts_as_dictionaries(tmp_path):
    table = pa.table({"a": [1, 2, 3], "b": ["x", None, "x"], "c": pa.array(["p", "q", "p"], pa.large_string())})
    parquet.write_table(table, tmp_path / "t.parquet")
    reader = open_table(TableSource(str(tmp_path / "t.parquet")))
    batches = list(reader.batches(["b", "a"], coded={"a", "b", "elsewhere"}))
    assert [batch.schema.names for batch in batches] == [["b", "a"]]
    assert pa.types.is_dictionary(batches[0].column("b").type)
    assert batches[0].to_pydict() == {"b": ["x", None, "x"], "a": [1, 2, 3]}
    assert next(reader.batches(["c"], coded={"c"})).column("c").to_pylist() == ["p", "q", "p"]
    (tmp_path / "t.csv").write_text("a,b\n1,x\n2,y\n")
    text = open_table(TableSource(str(tmp_path / "t.csv")))
    assert [batch.to_pydict() for batch in text.batches(["b"], coded={"b"})] == [{"b": ["x", "y"]}]


@pytest.mark.parametrize(
    "text",
    ["<html lang='de'><td>SECRET</td>", '\ufeff <?xml version="1.0"?>\n<a>SECRET</a>', "<!DOCTYPE html>\nSECRET"],
)
def test_markup_is_no_table(text, tmp_path):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="HTML or XML") as refused:
        open_table(TableSource("t.csv", root=tmp_path))
    assert "SECRET" not in str(refused.value)
    for name in ("<30 days", "<LOD>"):
        (tmp_path / "t.csv").write_text(f"{name},age\n1,2\n")
        assert open_table(TableSource("t.csv", root=tmp_path)).columns == (name, "age")
