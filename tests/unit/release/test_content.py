"""What a Bento is by its content, and archives that hold it or something else."""

import io
import os
import tarfile

import pytest

from wardround.errors import GovernanceFinding
from wardround.release import content


@pytest.fixture
def bento(tmp_path):
    place = tmp_path / "bento"
    for name, text in {
        "bento.yaml": "name: x\n",
        "src/a.py": "A = 1\n",
        "wheelhouse/n-1-py3-none-any.whl": "w",
    }.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return place


def test_times_modes_and_the_wheelhouse_do_not_count(bento):
    before = content.digest(bento)
    os.utime(bento / "src" / "a.py", (1, 1))
    (bento / "src" / "a.py").chmod(0o755)
    (bento / "wheelhouse" / "more.whl").write_text("w")
    assert content.digest(bento) == before


@pytest.mark.parametrize("name", ["src/a.py", "src/b.py", "bento.yaml"])
def test_every_other_file_counts(name, bento):
    before = content.digest(bento)
    (bento / name).write_text("changed")
    assert content.digest(bento) != before


def test_there_and_back_with_the_same_bytes_each_time(bento, tmp_path):
    content.pack(bento, tmp_path / "1.tar")
    os.utime(bento / "src" / "a.py", (1, 1))
    (bento / "src" / "a.py").chmod(0o700)
    content.pack(bento, tmp_path / "2.tar")
    assert (tmp_path / "1.tar").read_bytes() == (tmp_path / "2.tar").read_bytes()
    content.unpack(tmp_path / "1.tar", tmp_path / "out", content.digest(bento))
    assert (tmp_path / "out" / "src" / "a.py").read_text() == "A = 1\n"
    assert (tmp_path / "out" / "wheelhouse" / "n-1-py3-none-any.whl").is_file()


def _tar(path, *entries):
    with tarfile.open(path, "w") as tar:
        for entry, data in entries:
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))


def _entry(name, kind=tarfile.REGTYPE, link=""):
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, link
    return entry


@pytest.mark.parametrize(
    "entries",
    {
        "another content": [(_entry("bento.yaml"), b"name: y\n")],
        "a link": [(_entry("src", tarfile.SYMTYPE, "/etc"), b"")],
        "a hard link": [(_entry("a"), b"x"), (_entry("b", tarfile.LNKTYPE, "a"), b"")],
        "a device": [(_entry("null", tarfile.CHRTYPE), b"")],
        "nothing": [],
    }.items(),
    ids=lambda item: item[0],
)
def test_an_archive_of_something_else_is_refused_and_leaves_nothing(entries, bento, tmp_path):
    _tar(tmp_path / "x.tar", *entries[1])
    with pytest.raises(GovernanceFinding):
        content.unpack(tmp_path / "x.tar", tmp_path / "out", content.digest(bento))
    assert not (tmp_path / "out").exists()


def test_a_path_that_leads_out_is_refused(bento, tmp_path):
    _tar(tmp_path / "x.tar", (_entry("../escaped"), b"x"))
    with pytest.raises(GovernanceFinding):
        content.unpack(tmp_path / "x.tar", tmp_path / "deep" / "out", content.digest(bento))
    assert not list(tmp_path.rglob("escaped"))


def test_an_archive_that_is_too_large_is_not_unpacked(bento, tmp_path, monkeypatch):
    content.pack(bento, tmp_path / "x.tar")
    monkeypatch.setattr(content, "MOST", 5)
    with pytest.raises(GovernanceFinding, match="too large"):
        content.unpack(tmp_path / "x.tar", tmp_path / "out", content.digest(bento))


def test_a_truncated_archive_is_refused(bento, tmp_path):
    content.pack(bento, tmp_path / "x.tar")
    whole = (tmp_path / "x.tar").read_bytes()
    for length in (0, 100, 700, 1600):
        (tmp_path / "x.tar").write_bytes(whole[:length])
        with pytest.raises(GovernanceFinding):
            content.unpack(tmp_path / "x.tar", tmp_path / "out", content.digest(bento))
