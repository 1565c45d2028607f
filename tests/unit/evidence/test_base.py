"""Evidence is closed, versioned, and never guessed."""

import json
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.evidence.base import Evidence, read


class Sample(Evidence):
    KIND: ClassVar[str] = "sample"
    VERSION: ClassVar[int] = 2

    rows: int
    share: float | None = None


def test_it_reads_back_with_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "sample.json"
    digest = Sample(rows=3).write(path)
    found = read(Sample, path)
    assert found.value == Sample(rows=3)
    assert found.digest == digest
    assert json.loads(path.read_text())["schema_version"] == 2


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"extra": 1}, "extra"),
        ({"rows": "many"}, "rows"),
        ({"schema_version": 1}, "schema_version"),
        ({"kind": "other"}, "kind"),
        ({"rows": None}, "rows"),
    ],
)
def test_anything_foreign_is_a_reason(tmp_path: Path, change: dict[str, object], word: str) -> None:
    path = tmp_path / "sample.json"
    path.write_text(json.dumps({"kind": "sample", "schema_version": 2, "rows": 1} | change))
    found = read(Sample, path)
    assert found.value is None
    assert word in found.reason


@given(st.binary(max_size=60))
def test_no_bytes_can_make_it_raise(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "sample.json"
        path.write_bytes(content)
        found = read(Sample, path)
    assert found.value is None
    assert found.reason


def test_not_a_number_is_no_evidence(tmp_path: Path) -> None:
    path = tmp_path / "sample.json"
    path.write_text('{"kind": "sample", "schema_version": 2, "rows": 1, "share": NaN}')
    assert read(Sample, path).value is None
    with pytest.raises(ValueError, match="finite"):
        Sample(rows=1, share=float("inf"))


def test_a_deeply_nested_file_is_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "sample.json"
    path.write_text("[" * 200_000)
    assert read(Sample, path).reason


def test_a_reason_never_quotes_the_content(tmp_path: Path) -> None:
    path = tmp_path / "sample.json"
    path.write_text(json.dumps({"kind": "sample", "schema_version": 2, "rows": "Jane Doe 1950-01-01"}))
    assert "Jane" not in read(Sample, path).reason


def test_missing_and_unreadable_files_are_reasons(tmp_path: Path) -> None:
    assert "missing" in read(Sample, tmp_path / "none.json").reason
    (tmp_path / "directory.json").mkdir()
    assert read(Sample, tmp_path / "directory.json").reason
