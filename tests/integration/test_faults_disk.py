"""A full disk: a real one (a small file system in memory, where it can be mounted), and a limit on file sizes elsewhere."""

import resource
import shutil
import subprocess
import sys

import pytest
import workshop
from workshop import wardround


def limited(root, *args, size):
    """The command line with a limit on the size of files. Python ignores SIGXFSZ, so a write fails with EFBIG.

    A measurement of coverage writes a file of its own, which the limit would hit: it stays out.
    """
    kept = {name: value for name, value in workshop.ENVIRONMENT.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-m", "wardround", *args],
        cwd=root,
        env={**kept, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )
    return workshop.Answer(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("stage", "size"), [("ingest", 2000), ("validate", 1000), ("features", 2000), ("train", 1000), ("evaluate", 1000)]
)
def test_a_stage_that_cannot_write_keeps_what_was_there(stage, size, tiny):
    before = {path: path.read_bytes() for path in sorted(tiny.rglob("*")) if path.is_file() and mine(path, tiny)}
    answer = limited(tiny, "stage", stage, size=size)
    assert answer.code == 3, answer.text
    assert "File too large" in answer.text
    assert "next:" in answer.text
    workshop.check_polite(answer)
    workshop.check_whole(tiny)
    assert {path: path.read_bytes() for path in before} == before


def mine(path, root):
    return path.relative_to(root).parts[0] in ("data", "models", "reports")


@pytest.fixture
def small_disk(tmp_path):
    """Mounts a file system in memory; skips where that is not allowed."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"a file system cannot be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("free", [0, 40_000, 120_000])
def test_a_full_disk(free, tiny_original, small_disk):
    root = workshop.copied(tiny_original, small_disk / "copy")
    workshop.git(root, "switch", "--quiet", "--create", "change")
    workshop.edit_params(root, {"data": {"partitions": 2}})
    workshop.commit(root, "A change")
    ballast = small_disk / "ballast"
    room = shutil.disk_usage(small_disk).free
    with ballast.open("wb") as stream:
        stream.write(b"\0" * (room - free))
    answer = wardround(root, "review")
    assert answer.code == 3, answer.text
    assert "free space" in answer.text
    workshop.check_polite(answer)
    workshop.check_whole(root)
    ballast.unlink()
    again = wardround(root, "review")
    assert again.code == 11, again.text
    assert "lock.fresh" in again.text
    workshop.check_whole(root)
