"""A stage's failure, explained and kept for the review."""

import errno
import json
from pathlib import Path

import pytest

from wardround.errors import EnvironmentFailure, ExitCode, UsageError, WardroundError
from wardround.evidence.base import Evidence
from wardround.flows import stage
from wardround.project.layout import Project
from wardround.stages.registry import Stage


@pytest.fixture
def project(tmp_path: Path, repository: Path) -> Project:
    for name in ("params.yaml", "wardround.yaml", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_bytes((repository / name).read_bytes())
    (tmp_path / "reports").mkdir()
    return Project(tmp_path)


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def run(_project: Project) -> Evidence:
        raise error

    monkeypatch.setattr(Stage, "load", lambda _self: run)
    monkeypatch.setattr(stage, "end_with_parent", lambda _how: None)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (UsageError("a wrong key", where="params.yaml: a"), ExitCode.USAGE, "a wrong key"),
        (OSError(errno.ENOSPC, "No space left on device"), ExitCode.COULD_NOT_CHECK, "No space left on device"),
        (MemoryError(), ExitCode.COULD_NOT_CHECK, "data.partitions"),
        (ValueError("Quimby is no number"), ExitCode.BUG, "ValueError"),
    ],
)
def test_a_failure_is_kept_for_the_review(
    error: Exception, code: ExitCode, words: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, error)
    with pytest.raises(WardroundError if code is not ExitCode.BUG else ValueError):
        stage.run_stage(project, "train")
    kept = stage.last_failure(project, "train")
    assert kept is not None
    assert kept.exit_code is code
    assert words in str(kept)
    assert "Quimby" not in str(kept)


def test_a_killed_stage_leaves_no_older_failure_behind(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, UsageError("an old mistake"))
    with pytest.raises(UsageError):
        stage.run_stage(project, "train")
    failing(monkeypatch, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        stage.run_stage(project, "train")
    assert stage.last_failure(project, "train") is None


def test_a_failure_that_cannot_be_kept_is_still_the_one_that_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, UsageError("the reason"))

    def full(_path: Path, _value: object) -> str:
        raise EnvironmentFailure("no space")

    monkeypatch.setattr(stage, "write_json", full)
    with pytest.raises(UsageError, match="the reason"):
        stage.run_stage(project, "train")


def test_a_run_takes_away_what_a_killed_one_left(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    left = project.layout.reports / ".metrics.json.0123456789ab.tmp"
    left.write_text("{", encoding="utf-8")
    failing(monkeypatch, UsageError("whatever"))
    with pytest.raises(UsageError):
        stage.run_stage(project, "train")
    assert not left.exists()
    assert (
        json.loads((project.root / ".wardround" / "run" / "train.json").read_text(encoding="utf-8"))["exit_code"] == 2
    )
