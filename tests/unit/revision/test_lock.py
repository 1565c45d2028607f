"""dvc.lock as values, and the remote asked for each object."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wardround.errors import UsageError
from wardround.revision.digest import subject_digest
from wardround.revision.lock import missing_objects, parse


def test_an_empty_lock() -> None:
    assert parse(None).digest("models/model") == ""
    assert parse(b"").stages == ()


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\nstages: {}\n=======\n", "just text", "stages:\n  a:\n    outs: [3]\n"])
def test_a_merge_conflict_is_explained(text: str) -> None:
    with pytest.raises(UsageError, match="merge conflict"):
        parse(text)


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("dvc") / "project"
    (root / "out").mkdir(parents=True)

    def dvc(*args: str) -> None:
        subprocess.run([sys.executable, "-m", "dvc", *args], cwd=root, check=True, capture_output=True)

    dvc("init", "--no-scm", "-q")
    dvc("remote", "add", "-q", "-d", "storage", str(root.parent / "store"))
    (root / "make.py").write_text(
        "import pathlib\npathlib.Path('out').mkdir()\n[pathlib.Path(f'out/{i}').write_text(str(i)) for i in range(3)]\npathlib.Path('one').write_text('1')\n"
    )
    dvc("stage", "add", "-q", "-n", "make", "-d", "make.py", "-o", "out", "-o", "one", f"{sys.executable} make.py")
    dvc("repro", "-q")
    dvc("push", "-q")
    return root


def test_a_complete_remote_misses_nothing(pushed: Path) -> None:
    assert missing_objects(pushed, parse((pushed / "dvc.lock").read_bytes()), "storage") == ()


def test_one_file_of_a_directory_is_missed(pushed: Path, tmp_path: Path) -> None:
    root = tmp_path / "copy" / "project"
    shutil.copytree(pushed.parent, root.parent)
    config = root / ".dvc" / "config"
    config.write_text(config.read_text().replace(str(pushed.parent), str(root.parent)))
    lock = parse((root / "dvc.lock").read_bytes())
    objects = sorted((root.parent / "store" / "files" / "md5").rglob("*"))
    victim = next(path for path in objects if path.is_file() and path.read_text() == "2")
    victim.unlink()
    # The same object is gone from the cache as well: `dvc status -c` would call that in sync.
    shutil.rmtree(root / ".dvc" / "cache")
    assert missing_objects(root, lock, "storage") == ("out",)


def test_an_empty_remote_misses_all(pushed: Path, tmp_path: Path) -> None:
    root = tmp_path / "copy" / "project"
    shutil.copytree(pushed.parent, root.parent)
    config = root / ".dvc" / "config"
    config.write_text(config.read_text().replace(str(pushed.parent), str(root.parent)))
    shutil.rmtree(root.parent / "store")
    assert missing_objects(root, parse((root / "dvc.lock").read_bytes()), "storage") == ("one", "out")


def test_the_subject_leaves_evidence_out(tmp_path: Path) -> None:
    for name in ("params.yaml", "reports/a.json", "dvc.lock"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("1")
    names = ("params.yaml", "reports/a.json", "dvc.lock")
    before = subject_digest(tmp_path, names)
    (tmp_path / "reports" / "a.json").write_text("2")
    assert subject_digest(tmp_path, names) == before
    (tmp_path / "dvc.lock").write_text("2")
    assert subject_digest(tmp_path, names) != before


def test_stages_that_two_locks_record_otherwise() -> None:
    text = "stages:\n  one: {cmd: a, outs: [{path: x, md5: '1'}]}\n  two: {cmd: b}\n"
    first = parse(text)
    assert first.differing(parse(text.replace("two: {cmd: b}", "two:   {cmd: 'b'}"))) == ()
    assert first.differing(parse(text.replace("md5: '1'", "md5: '2'"))) == ("one",)
    assert first.differing(parse(None)) == ("one", "two")
    assert parse(None).differing(first) == ("one", "two")
