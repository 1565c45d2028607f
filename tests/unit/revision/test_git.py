"""Questions to real git repositories."""

import subprocess
from pathlib import Path

import pytest

from wardround.errors import EnvironmentFailure, UsageError
from wardround.revision.git import Git


def git(place: Path, *args: str) -> str:
    return subprocess.run(["git", *args], cwd=place, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    place = tmp_path / "repo"
    place.mkdir()
    git(place, "init", "-q", "-b", "main")
    git(place, "config", "user.email", "a@example.org")
    git(place, "config", "user.name", "A")
    (place / "projects" / "sepsis").mkdir(parents=True)
    (place / "params.yaml").write_text("a: 1\n")
    (place / "projects" / "sepsis" / "params.yaml").write_text("b: 1\n")
    git(place, "add", "-A")
    git(place, "commit", "-qm", "first")
    return place


def test_a_revision_is_found_by_branch_tag_and_sha(repo: Path) -> None:
    git(repo, "tag", "v1")
    found = {Git(repo).commit(name) for name in ("main", "v1", "HEAD", git(repo, "rev-parse", "HEAD"))}
    assert len(found) == 1


def test_a_missing_revision_says_what_is_there(repo: Path) -> None:
    with pytest.raises(UsageError, match="branches main"):
        Git(repo).commit("release")


def test_a_branch_of_origin_is_found(repo: Path, tmp_path: Path) -> None:
    git(repo, "branch", "other")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(repo), str(clone))
    assert Git(clone).commit("other") == Git(repo).commit("other")


def test_a_shallow_clone_is_said(repo: Path, tmp_path: Path) -> None:
    (repo / "x").write_text("1")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "second")
    first = git(repo, "rev-parse", "HEAD~1")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", str(clone))
    assert Git(clone).is_shallow
    with pytest.raises(UsageError, match="unshallow"):
        Git(clone).commit(first)


def test_detached_head_has_a_name(repo: Path) -> None:
    git(repo, "checkout", "-q", "--detach")
    assert Git(repo).branch == "detached head"


def test_no_repository_is_explained(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="git init"):
        Git(tmp_path)


def test_no_commit_yet(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    found = Git(tmp_path)
    assert not found.has_commits
    with pytest.raises(UsageError, match="nothing is committed"):
        found.commit("main")


def test_changes_and_uncommitted_are_those_of_the_project(repo: Path) -> None:
    project = repo / "projects" / "sepsis"
    base = Git(project).commit("HEAD")
    (project / "params.yaml").write_text("b: 2\nc: 3\n")
    (project / "new file.py").write_text("x = 1\n")
    (repo / "params.yaml").write_text("a: 2\n")
    found = Git(project)
    assert found.uncommitted() == ("new file.py", "params.yaml")
    assert [(item.path, item.added, item.deleted) for item in found.changes(base)] == [("params.yaml", 2, 1)]
    assert found.tracked() == ("new file.py", "params.yaml")


def test_a_file_at_a_commit(repo: Path) -> None:
    found = Git(repo / "projects" / "sepsis")
    assert found.file("HEAD", "params.yaml") == b"b: 1\n"
    assert found.file("HEAD", "none.yaml") is None


def test_export_is_the_tree_without_history(repo: Path, tmp_path: Path) -> None:
    (repo / "params.yaml").write_text("a: changed\n")
    Git(repo).export(Git(repo).commit("HEAD"), tmp_path / "out")
    assert (tmp_path / "out" / "params.yaml").read_text() == "a: 1\n"
    assert not (tmp_path / "out" / ".git").exists()


def test_without_the_program_git_it_says_how_to_install_it(repo: Path) -> None:
    code = f"from pathlib import Path; from wardround.revision.git import Git; Git(Path({str(repo)!r}))"
    import os
    import sys

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PATH": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert EnvironmentFailure.__name__ in done.stderr
    assert "apt-get install git" in done.stderr


def test_a_commit_is_only_here_until_a_remote_has_it_or_in_a_workflow_s_checkout(repo: Path, tmp_path: Path) -> None:
    head = Git(repo).commit("HEAD")
    assert Git(repo).only_here(head)
    git(tmp_path, "init", "-q", "--bare", "hub.git")
    git(repo, "remote", "add", "origin", str(tmp_path / "hub.git"))
    assert Git(repo).only_here(head)
    git(repo, "push", "-q", "origin", "main")
    assert not Git(repo).only_here(head)
    git(repo, "commit", "-qm", "more", "--allow-empty")
    later = Git(repo).commit("HEAD")
    assert Git(repo).only_here(later)
    git(repo, "push", "-q", "origin", "HEAD:refs/heads/another")
    assert not Git(repo).only_here(later)
    git(tmp_path, "clone", "-q", str(repo), "clone")
    assert not Git(tmp_path / "clone").only_here(later)
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repo}", "shallow")
    git(tmp_path / "shallow", "remote", "remove", "origin")
    assert not Git(tmp_path / "shallow").only_here(later)
    git(repo, "update-ref", "-d", "refs/remotes/origin/another")
    git(repo, "switch", "-q", "--detach")
    assert not Git(repo).only_here(later)
