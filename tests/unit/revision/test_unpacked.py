"""What is kept says what git says; what is torn, changed or cannot be written is done without."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from wardround.errors import EnvironmentFailure
from wardround.revision import unpacked
from wardround.revision.branch import contents, listed
from wardround.revision.git import Git


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(unpacked, "MANY", 3)
    monkeypatch.setattr(unpacked, "NEW", 2)


@pytest.fixture
def repo(tmp_path):
    top = tmp_path / "repo"
    top.mkdir()
    git(top, "init", "-qb", "main")
    for number in range(5):
        (top / f"{number}").write_bytes(b"\n\0\xff" * number)
    git(top, "add", "-A")
    git(top, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "first")
    return top


def git(top: Path, *args: str) -> None:
    subprocess.run(["git", *args], cwd=top, check=True, capture_output=True)


def names(top: Path) -> list[str]:
    return [name for _, name in listed(Git(top), "HEAD", ".")]


def kept(top: Path, wanted: list[str]) -> list[bytes]:
    return unpacked.kept_contents(Git(top), wanted, "shelf")


def test_it_says_what_git_says_and_asks_git_once(repo):
    wanted = names(repo)
    assert kept(repo, wanted) == contents(Git(repo), wanted)
    shutil.rmtree(repo / ".git" / "objects")
    (repo / ".git" / "objects").mkdir()
    assert kept(repo, wanted) == [b"\n\0\xff" * number for number in range(5)]
    assert kept(repo, [*wanted[::-1], wanted[2]]) == [b"\n\0\xff" * number for number in (4, 3, 2, 1, 0, 2)]


def test_a_few_are_not_kept(repo):
    wanted = names(repo)[:2]
    assert kept(repo, wanted) == contents(Git(repo), wanted)
    assert not (repo / ".git" / "wardround").exists()


def test_new_ones_are_read_and_kept_when_they_are_many(repo):
    wanted = names(repo)
    shelf = repo / ".git" / "wardround" / "shelf"
    kept(repo, wanted[:3])
    first = shelf.read_bytes()
    assert kept(repo, wanted[:4]) == contents(Git(repo), wanted[:4])
    assert shelf.read_bytes() == first, "one new object is not worth a new file"
    assert kept(repo, wanted) == contents(Git(repo), wanted)
    assert shelf.read_bytes() != first
    assert [path.name for path in shelf.parent.iterdir()] == ["shelf"], "nothing half-written is left"


@pytest.mark.parametrize("spoilt", [b"", b"x", lambda whole: whole[:-1], lambda whole: whole[:40] + b"!" + whole[41:]])
def test_a_file_that_is_torn_or_changed_is_not_believed(repo, spoilt):
    wanted = names(repo)
    shelf = repo / ".git" / "wardround" / "shelf"
    kept(repo, wanted)
    whole = shelf.read_bytes()
    shelf.write_bytes(spoilt if isinstance(spoilt, bytes) else spoilt(whole))
    assert kept(repo, wanted) == contents(Git(repo), wanted)
    assert shelf.read_bytes() == whole, "it was written anew"


def test_a_place_that_cannot_be_written_is_done_without(repo):
    (repo / ".git" / "wardround").write_text("a file where the directory would be")
    assert kept(repo, names(repo)) == contents(Git(repo), names(repo))


def test_an_object_that_is_not_there_is_said(repo):
    with pytest.raises(EnvironmentFailure):
        kept(repo, [*names(repo), "0" * 40])
