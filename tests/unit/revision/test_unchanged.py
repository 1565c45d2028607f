"""Whether nothing is to do: it must never say so when ``dvc repro`` would run something."""

import subprocess
import sys

import pytest

from wardround.revision.dvc import Dvc
from wardround.revision.unchanged import stages_if_unchanged


def _run(root, *args):
    return subprocess.run(args, cwd=root, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def root(tmp_path):
    _run(tmp_path, "git", "init", "--quiet")
    _run(tmp_path, sys.executable, "-m", "dvc", "init", "--quiet")
    (tmp_path / "in.txt").write_text("a")
    (tmp_path / "params.yaml").write_text("one: {x: 1}\n")
    (tmp_path / "dvc.yaml").write_text(
        "stages:\n"
        "  first: {cmd: cp in.txt mid.txt, deps: [in.txt], params: [one], outs: [mid.txt]}\n"
        "  second: {cmd: cp mid.txt out.txt, deps: [mid.txt], outs: [out.txt]}\n"
    )
    Dvc(tmp_path).reproduce(pull=False, on_line=lambda _line: None)
    return tmp_path


def test_nothing_to_do(root):
    assert stages_if_unchanged(root) == ("first", "second")
    lines = []
    done = Dvc(root).reproduce(pull=False, on_line=lines.append)
    assert (done.ran, done.unchanged, done.lock_changed) == ((), ("first", "second"), False)
    assert lines == ["Stage 'first' didn't change, skipping", "Stage 'second' didn't change, skipping"]


def _edit(path, text):
    return lambda root: (root / path).write_text(text)


@pytest.mark.parametrize(
    "change",
    [
        _edit("in.txt", "b"),
        _edit("params.yaml", "one: {x: 2}\n"),
        _edit("out.txt", "edited by hand"),
        _edit("dvc.lock", "schema: '2.0'\n"),
        _edit("dvc.yaml", "stages:\n  first: {cmd: cat in.txt > mid.txt, deps: [in.txt], outs: [mid.txt]}\n"),
        _edit("dvc.yaml", "stages: [\n"),
        lambda root: (root / "mid.txt").unlink(),
        lambda root: (root / "in.txt").unlink(),
        lambda root: (root / "dvc.lock").unlink(),
    ],
    ids=["input", "param", "output", "lock", "command", "broken", "output-gone", "input-gone", "lock-gone"],
)
def test_anything_else_is_left_to_dvc(root, change):
    change(root)
    assert stages_if_unchanged(root) is None


def test_another_project_of_the_repository_does_not_count(root):
    other = root / "projects" / "other"
    other.mkdir(parents=True)
    (other / "dvc.yaml").write_text("stages:\n  third: {cmd: echo > o.txt, outs: [o.txt]}\n")
    assert stages_if_unchanged(root) == ("first", "second")
    assert stages_if_unchanged(other) is None
