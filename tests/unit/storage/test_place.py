"""A place in a remote: files arrive whole, and what goes wrong is said in words."""

import subprocess
import sys

import pytest

from wardround.errors import EnvironmentFailure, UsageError
from wardround.storage.place import Place, place


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    for args in (["init", "--no-scm", "--quiet"], ["remote", "add", "storage", "../storage"]):
        subprocess.run([sys.executable, "-m", "dvc", *args], cwd=root, check=True, timeout=120, capture_output=True)
    return root


def test_a_file_goes_there_and_comes_back(project, tmp_path):
    at = place(project, "storage", "releases/x")
    assert at.path == str(tmp_path / "storage" / "releases" / "x")
    (tmp_path / "a").write_bytes(b"\0one")
    assert at.read("deep/a") is None
    assert not at.fetch("deep/a", tmp_path / "b")
    at.put(tmp_path / "a", "deep/a")
    assert at.has("deep/a")
    assert at.read("deep/a") == b"\0one"
    assert at.fetch("deep/a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"\0one"
    (tmp_path / "a").write_bytes(b"two")
    at.put(tmp_path / "a", "deep/a")
    assert at.read("deep/a") == b"two"
    assert [path.name for path in (tmp_path / "storage" / "releases" / "x" / "deep").iterdir()] == ["a"]


def test_without_a_remote_it_is_said_how_to_get_one(project):
    with pytest.raises(UsageError, match="needs a storage"):
        place(project, None, "releases/x")
    with pytest.raises(EnvironmentFailure, match="cannot be opened"):
        place(project, "nowhere", "releases/x")


def test_a_storage_that_fails_half_way_keeps_the_old_file(project, tmp_path):
    at = place(project, "storage", "releases/x")
    (tmp_path / "a").write_text("old")
    at.put(tmp_path / "a", "a")

    class Fails:
        protocol = "ssh"

        def __init__(self, fs):
            self.fs = fs

        def __getattr__(self, name):
            return getattr(self.fs, name)

        def move(self, *_args):
            raise OSError(5, "Input/output error")

    (tmp_path / "a").write_text("new")
    with pytest.raises(EnvironmentFailure, match="does not answer"):
        Place("storage", at.path, Fails(at._fs)).put(tmp_path / "a", "a")
    assert at.read("a") == b"old"
    assert [path.name for path in (tmp_path / "storage" / "releases" / "x").iterdir()] == ["a"]
