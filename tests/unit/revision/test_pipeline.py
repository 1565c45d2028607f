"""What a review asks of dvc.yaml and params.yaml before DVC does, and what it repeats of other programs' words."""

import subprocess
import sys
from pathlib import Path

import pytest

from wardround.errors import EnvironmentFailure, UsageError
from wardround.revision.dvc import Dvc, StageFailedError
from wardround.revision.program import _last_words

PIPELINE = (
    "stages:\n  split: {cmd: a, params: [split, data.columns, other.yaml: [b]]}\n  train: {cmd: c, params: [split]}\n"
)


def pipeline(root: Path, stages: str, params: str) -> Dvc:
    (root / "dvc.yaml").write_text(stages)
    (root / "params.yaml").write_text(params)
    return Dvc(root)


def test_every_missing_section_is_named_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        pipeline(tmp_path, PIPELINE, "data: {path: a}\n").check_pipeline()
    assert [problem.where for problem in caught.value.problems] == ["params.yaml: split", "params.yaml: data.columns"]
    assert "split, train" in caught.value.problems[0].wanted
    assert "`split: {}`" in caught.value.problems[0].next


def test_a_complete_pipeline_passes(tmp_path: Path) -> None:
    pipeline(tmp_path, PIPELINE, "split: {}\ndata: {columns: {}}\n").check_pipeline()


@pytest.mark.parametrize("stages", ["", "stages:\n", "stages: [a]\n", "just text\n"])
def test_a_pipeline_without_stages(stages: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no stages"):
        pipeline(tmp_path, stages, "split: {}\n").check_pipeline()


@pytest.mark.parametrize("stages", ["stages: [\n", "stages: {a: \xff"])
def test_a_pipeline_that_is_no_yaml(stages: str, tmp_path: Path) -> None:
    (tmp_path / "dvc.yaml").write_bytes(stages.encode("latin-1"))
    with pytest.raises(UsageError, match="not valid YAML"):
        Dvc(tmp_path).check_pipeline()


def test_a_failed_stage_is_told_in_dvc_s_words_only() -> None:
    output = "Running stage 'train':\nQuimby 72\nERROR: failed to reproduce 'train': failed to run: wardround stage train, exited with -9\n"
    error = StageFailedError("train", output)
    assert "exited with -9" in str(error)
    assert "Quimby" not in str(error)


def test_what_a_stage_printed_before_dvc_was_killed_is_not_repeated(tmp_path: Path) -> None:
    """As when memory runs out: there is no word of DVC about a stage that failed."""
    for args in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(args, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    (tmp_path / "dvc.yaml").write_text('stages:\n  split: {cmd: "echo Quimby 72; kill -9 $PPID; sleep 1", outs: [a]}\n')
    said: list[str] = []
    with pytest.raises(EnvironmentFailure) as caught:
        Dvc(tmp_path).reproduce(pull=False, on_line=said.append)
    assert said == ["Running stage 'split':"]
    assert "Running stage 'split'" in str(caught.value)
    assert "Quimby" not in str(caught.value)


def test_the_text_of_another_program_s_traceback_is_not_repeated() -> None:
    traceback = (
        'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: could not convert Quimby to float\n'
    )
    assert _last_words(traceback) == "it ended with ValueError"
    assert _last_words("noise\nerror: the column is missing\n  where:  contract.py\n") == (
        "error: the column is missing | where:  contract.py"
    )
    assert _last_words("1\n2\n\n3\n4\n5\n") == "2 | 3 | 4 | 5"
