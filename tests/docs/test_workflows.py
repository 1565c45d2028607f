"""Workflows are thin, pinned, and hold no permission that they do not need."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

GITHUB = Path(__file__).resolve().parents[2] / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))


def _steps(path: Path):
    for job in YAML(typ="safe").load(path)["jobs"].values():
        yield from job.get("steps", [])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_permissions_are_given_job_by_job(path: Path) -> None:
    workflow = YAML(typ="safe").load(path)
    assert workflow["permissions"] == {}
    assert all("permissions" in job and "timeout-minutes" in job for job in workflow["jobs"].values())
    assert "pull_request_target" not in path.read_text()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_and_shells_see_no_expression(path: Path) -> None:
    for step in _steps(path):
        if uses := step.get("uses"):
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", uses), uses
        assert "${{" not in step.get("run", "")
    for line in path.read_text().splitlines():
        if re.search(r"\buses:", line):
            assert re.search(r"# v\d+\.\d+\.\d+$", line), f"say which version it is: {line.strip()}"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_checkouts_leave_no_credentials_behind(path: Path) -> None:
    for step in _steps(path):
        if "actions/checkout@" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_new_versions_of_dependencies_wait() -> None:
    updates = YAML(typ="safe").load(GITHUB / "dependabot.yml")["updates"]
    assert {item["package-ecosystem"] for item in updates} == {"github-actions", "pip"}
    assert all(item["cooldown"]["default-days"] >= 7 for item in updates)


def test_owned_paths_exist() -> None:
    lines = [line.split("#")[0].split() for line in (GITHUB / "CODEOWNERS").read_text().splitlines()]
    rules = [line for line in lines if line]
    later = {"*", "/governance/", "/deploy/"}  # they come with the first approval and the first promotion
    missing = [path for path, *_ in rules if path not in later and not (GITHUB.parent / path.strip("/")).exists()]
    assert not missing
    assert all(owners for _, *owners in rules)
