"""Where the draft is made: in the repository that holds DVC's directory, wherever in it that lies."""

import subprocess
from pathlib import Path

import pytest

from wardround.errors import UsageError
from wardround.flows.retrain.draft import draft
from wardround.project.layout import Project

GIT = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@hospital.example", "-c", "commit.gpgsign=false")


def git(place: Path, *args: str) -> str:
    return subprocess.run([*GIT, *args], cwd=place, check=True, capture_output=True, text=True, timeout=60).stdout


def repository(top: Path, project: Path, dvc: Path | None) -> tuple[Project, str]:
    project.mkdir(parents=True)
    for name in ("params.yaml", "dvc.yaml"):
        (project / name).write_text("{}\n")
    if dvc is not None:
        (dvc / ".dvc").mkdir(parents=True)
        (dvc / ".dvc" / ".gitignore").write_text("/tmp\n/config.local\n")
        (dvc / ".dvc" / "config").write_text("[core]\n    no_scm = true\n")
    git(top, "init", "-qb", "main")
    git(top, "add", "-A")
    git(top, "commit", "-qm", "Start")
    return Project(project), git(top, "rev-parse", "HEAD").strip()


@pytest.mark.parametrize("dvc", ["", "projects", "projects/sepsis"])
def test_dvc_may_lie_at_the_top_or_below_it(tmp_path, dvc):
    project, commit = repository(tmp_path, tmp_path / "projects" / "sepsis", tmp_path / dvc)
    made = draft(project, commit)
    assert made.project.root == made.top / "projects" / "sepsis"
    assert made.top.is_relative_to(tmp_path / dvc / ".dvc")
    assert (made.top / dvc / ".dvc" / "config.local").is_file()


def test_dvc_above_the_repository_is_refused(tmp_path):
    project, commit = repository(tmp_path / "repo", tmp_path / "repo" / "sepsis", None)
    (tmp_path / ".dvc").mkdir()
    with pytest.raises(UsageError, match="above the git repository"):
        draft(project, commit)


def test_without_dvc_it_is_said(tmp_path):
    project, commit = repository(tmp_path, tmp_path / "sepsis", None)
    (tmp_path / "sepsis" / "data" / ".dvc").mkdir(parents=True)  # below the project: not its own
    with pytest.raises(UsageError, match="not in a DVC repository"):
        draft(project, commit)
