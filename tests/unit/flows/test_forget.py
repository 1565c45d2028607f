"""The parts of a withdrawal: whose rows a table holds, the salted index, tombstones, and a lock without what was erased."""

import bz2
import gzip
import hashlib
import io
import lzma
import subprocess
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dvc.fs import LocalFileSystem

from wardround.errors import UsageError
from wardround.flows.forget.index import opened
from wardround.flows.forget.proposing import without
from wardround.flows.forget.request import Plan
from wardround.flows.forget.searching import Search
from wardround.flows.forget.stores import Stores, stores
from wardround.flows.forget.tables import subjects_in, wanted
from wardround.flows.forget.tombstone import Tombstone, all_in
from wardround.project.layout import Project
from wardround.revision.git import Git
from wardround.revision.lock import parse
from wardround.storage.erasing import erase
from wardround.storage.place import Place

LOCK = b"""schema: '2.0'
stages:
  ingest: {cmd: a, outs: [{path: data/snapshot, hash: md5, md5: 11111111111111111111111111111111.dir}]}
  features: {cmd: b, deps: [{path: data/snapshot, hash: md5, md5: 11111111111111111111111111111111.dir}], outs: [{path: data/features, hash: md5, md5: 22222222222222222222222222222222.dir}]}
  other: {cmd: c, deps: [{path: notes.txt, hash: md5, md5: 33333333333333333333333333333333}], outs: [{path: out.txt, hash: md5, md5: 44444444444444444444444444444444}]}
"""


def parquet(**columns) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


@pytest.fixture
def home(tmp_path) -> Place:
    return Place("storage", str(tmp_path / "home"), LocalFileSystem())


def test_whose_rows_a_table_holds() -> None:
    columns = ("wr_subject", "person")
    assert subjects_in("a.parquet", parquet(person=["7", "8", None], x=[1, 2, 3]), columns) == {"7", "8"}
    assert subjects_in("a.parquet", parquet(person=[7, 8], x=[1, 2]), columns) == {"7", "8"}
    assert subjects_in("a.parquet", parquet(person=[7.0, 8.5], x=[1, 2]), columns) == {"7", "8.5"}
    assert subjects_in("a.parquet", parquet(x=[1]), columns) is None
    assert subjects_in("a.parquet", b"no table", columns) is None
    assert subjects_in("a.csv", b'\xef\xbb\xbfx;person\n1;" 7 "\n2;9\n', columns) == {"7", "9"}
    assert subjects_in("a.json", b"{}", columns) is None


def packed(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv.gz", gzip.compress(b"person,x\n7,1\n")),
        ("a.csv", gzip.compress(b"person,x\n7,1\n")),
        ("a.csv.bz2", bz2.compress(b"person;x\n7;1\n")),
        ("a.tsv.xz", lzma.compress(b"person\tx\n7\t1\n")),
        ("a.csv.zip", packed("export.csv", b"person,x\n7,1\n")),
        ("a.csv", b"\r\n\r\nperson,x\r\n7,1\r\n"),
        ("a.csv", "person,x\n7,1\n".encode("utf-16")),
    ],
    ids=[
        "gzip",
        "gzip by its bytes",
        "bzip2",
        "xz",
        "zip",
        "blank lines first",
        "utf-16",
    ],  # not by bytes: a time is in them
)
def test_what_ingest_reads_is_searched_too(name: str, content: bytes) -> None:
    assert subjects_in(name, content, ("person",)) == {"7"}


def test_a_damaged_archive_is_no_table() -> None:
    assert subjects_in("a.csv.gz", gzip.compress(b"person,x\n7,1\n")[:-9], ("person",)) is None
    assert subjects_in("a.csv.zip", packed("a.csv", b"person\n7\n")[:40], ("person",)) is None


def test_the_file_with_the_subjects(tmp_path) -> None:
    path = tmp_path / "who.csv"
    path.write_text('7,x\n\n"8"\n 7 \n')
    assert wanted(path) == {"7", "8"}
    path.write_text('7;x\n"8";y\n9\tz\n')
    assert wanted(path) == {"7", "8", "9"}, "a list that a spreadsheet saved in another country"
    path.write_text("\n \n")
    with pytest.raises(UsageError) as refused:
        wanted(path)
    assert "who.csv" in str(refused.value)


def test_a_project_without_dvc_has_no_stores(tmp_path) -> None:
    with pytest.raises(UsageError, match="not in a DVC repository"):
        stores(tmp_path, None)


def test_the_index_is_salted_and_kept(home) -> None:
    index = opened(home)
    hashes = index.hashed({"7", "8"})
    index.keep("abc", hashes)
    again = opened(home)
    assert again.of("abc") == hashes
    assert again.hashed({"7"}) <= hashes
    assert again.of("nobody looked") is None
    other = Place("storage", home.path + "-other", home.fs)
    assert not opened(other).hashed({"7", "8"}) & hashes, "another storage has another key"
    again.drop("abc")
    assert again.of("abc") is None


def test_what_is_erased_is_counted_and_gone(home, tmp_path) -> None:
    (tmp_path / "x").write_text("x")
    home.put(tmp_path / "x", "ab/cd")
    assert (erase(home, "ab/cd").files, home.has("ab/cd")) == (1, False)
    assert erase(home, "ab/cd").files == 0


def test_tombstones_are_found_again_and_have_one_name(home) -> None:
    plan = Plan(("b", "a"), ("s.dir",), ("m@v1.0.0",), 3)
    stone = Tombstone.of(plan, "consent")
    stone.keep(home)
    stone.model_copy(update={"done": True}).keep(home)
    assert [(item.name, item.done) for item in all_in(home)] == [(stone.name, True)]
    assert Tombstone.of(plan, "another reason").name == stone.name


def test_a_lock_without_what_was_erased() -> None:
    left = parse(without(LOCK, frozenset({"1" * 32 + ".dir"})))
    assert left.stages == ("other",), "what was made from it goes too"
    assert without(LOCK, frozenset({"5" * 32})) == LOCK
    assert parse(without(LOCK, frozenset({"2" * 32 + ".dir"}))).stages == ("ingest", "other")


def test_what_was_erased_and_came_back_is_found_again(home, tmp_path) -> None:
    """Another clone pushes what its cache still had."""
    top, content = tmp_path / "clinic", b"person,x\n7,1\n"
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    (top / "data").mkdir(parents=True)
    (top / "params.yaml").write_text(
        "project: {name: sepsis}\ndata: {source: files, path: data/raw.csv, columns: {outcome: y, subject: person}}\n"
    )
    (top / "data" / "raw.csv.dvc").write_text(f"outs:\n- md5: {md5}\n  hash: md5\n  path: raw.csv\n")
    for words in (("init", "-q"), ("add", "."), ("-c", "user.name=Ada", "-c", "user.email=a@b", "commit", "-qm", "x")):
        subprocess.run(["git", *words], cwd=top, check=True)
    cache = Place("cache", str(tmp_path / "cache"), LocalFileSystem())
    place = Stores(cache, (), home)

    def found() -> tuple[str, ...]:
        search = Search(
            Project(top), Git(top), place, opened(home), frozenset({"7"}), lambda _: None, gone=frozenset({md5})
        )
        return search.plan().objects

    assert found() == ()
    (tmp_path / "raw.csv").write_bytes(content)
    cache.put(tmp_path / "raw.csv", f"{md5[:2]}/{md5[2:]}")
    assert found() == (md5,)
