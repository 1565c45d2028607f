"""Atomic files and canonical JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround import files
from wardround.errors import EnvironmentFailure, ExitCode

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(plain)
def test_canonical_json_reads_back_and_is_stable(value: object) -> None:
    content = files.canonical_json(value)
    again = json.loads(content)
    assert again == value
    assert files.canonical_json(again) == content
    assert content.endswith(b"\n")


def test_key_order_does_not_matter() -> None:
    assert files.canonical_json({"b": 1, "a": 2}) == files.canonical_json({"a": 2, "b": 1})


def test_numpy_scalars_are_numbers() -> None:
    assert json.loads(files.canonical_json({"n": np.int64(3), "p": np.float64(0.5), "t": (np.bool_(True),)})) == {
        "n": 3,
        "p": 0.5,
        "t": [True],
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), np.float64("nan")])
def test_not_a_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        files.canonical_json({"deep": [value]})


def test_foreign_types_are_refused() -> None:
    with pytest.raises(TypeError, match="set"):
        files.canonical_json({"a": {1, 2}})


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "evidence.json"
    files.write_text(path, "old")
    with pytest.raises(RuntimeError), files.replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["evidence.json"]


def test_a_directory_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "snapshot"
    path.mkdir()
    (path / "stale").write_text("x")
    with files.replacing(path) as temporary:
        temporary.mkdir()
        (temporary / "fresh").write_text("y")
    assert [item.name for item in path.iterdir()] == ["fresh"]
    assert [item.name for item in tmp_path.iterdir()] == ["snapshot"]


def test_a_full_disk_is_explained(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    target = tmp_path / "out.json"
    with pytest.raises(EnvironmentFailure, match="No space left") as caught, files.replacing(target) as temporary:
        os.symlink(full, temporary)
        temporary.write_bytes(b"x" * 10)
    assert caught.value.exit_code is ExitCode.COULD_NOT_CHECK
    assert not target.exists()


def test_killed_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "evidence.json"
    path.write_text("old")
    code = (
        "import sys, os, signal; from pathlib import Path; from wardround import files\n"
        "with files.replacing(Path(sys.argv[1])) as t:\n"
        "    t.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == -9
    assert path.read_text() == "old"


def test_the_digest_of_a_tree_sees_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_text("1")
    first = files.sha256_tree(tmp_path)
    (tmp_path / "a" / "x").rename(tmp_path / "a" / "y")
    second = files.sha256_tree(tmp_path)
    (tmp_path / "a" / "y").write_text("2")
    assert len({first, second, files.sha256_tree(tmp_path)}) == 3


def test_file_and_bytes_agree_on_the_digest(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"abc" * 1000)
    assert files.sha256_file(path, block=7) == files.sha256_bytes(b"abc" * 1000)
    assert files.sha256_tree(path) == files.sha256_file(path)


def test_what_a_killed_writer_left_is_swept_and_an_old_directory_comes_back(tmp_path: Path) -> None:
    def left(name: str, kind: str) -> Path:
        path = tmp_path / "reports" / f".{name}.0123456789ab.{kind}"
        path.mkdir(parents=True)
        (path / "part").write_text(kind)
        return path

    left("figures", "tmp")
    left("figures", "old")
    left("there", "old")
    (tmp_path / "reports" / "there").mkdir()
    (tmp_path / "reports" / ".metrics.json.0123456789ab.tmp").write_text("{")
    (tmp_path / "reports" / ".hidden.tmp").write_text("a person's own")
    files.sweep(tmp_path)
    names = sorted(path.name for path in (tmp_path / "reports").iterdir())
    assert names == [".hidden.tmp", "figures", "there"]
    assert (tmp_path / "reports" / "figures" / "part").read_text() == "old"
    assert list((tmp_path / "reports" / "there").iterdir()) == []
