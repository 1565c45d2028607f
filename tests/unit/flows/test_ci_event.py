"""What a workflow's run takes from the files that the runner gives it."""

import json

import pytest

from wardround.errors import UsageError
from wardround.flows.ci import summary
from wardround.flows.ci.event import read_event

SHA = "0123456789abcdef0123456789abcdef01234567"


def event(tmp_path, content):
    path = tmp_path / "event.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return {"GITHUB_EVENT_PATH": str(path)}


def test_the_base_of_a_pull_request_and_of_a_merge_group(tmp_path):
    assert read_event(event(tmp_path, {"pull_request": {"base": {"sha": SHA}}})).base == SHA
    assert read_event(event(tmp_path, {"merge_group": {"base_sha": SHA}})).base == SHA


def test_without_an_event_or_with_another_there_is_none(tmp_path):
    assert read_event({}).base == ""
    assert read_event(event(tmp_path, {"ref": "refs/heads/main"})).base == ""
    assert read_event(event(tmp_path, [1])).base == ""


@pytest.mark.parametrize(
    "content",
    [
        "{",
        {"pull_request": {}},
        {"pull_request": None},
        {"pull_request": {"base": {"sha": SHA[:10]}}},
        {"pull_request": {"base": {"sha": "--output=/etc/passwd"}}},
        {"pull_request": {"base": {"sha": SHA + "\n"}}},
        {"merge_group": {"base_sha": 7}},
    ],
)
def test_what_is_no_commit_is_refused(tmp_path, content):
    with pytest.raises(UsageError, match="event"):
        read_event(event(tmp_path, content))


def test_a_summary_is_appended_once_and_never_too_long(tmp_path):
    path = tmp_path / "summary.md"
    env = {"GITHUB_STEP_SUMMARY": str(path)}
    assert not summary.append({}, "text")
    assert summary.append(env, "one\n")
    assert summary.append(env, "two")
    assert summary.append(env, "one")
    assert path.read_text(encoding="utf-8") == "one\ntwo\n"
    assert not summary.append(env, "\u00e4" * (summary.LIMIT // 2))
    assert path.read_text(encoding="utf-8") == "one\ntwo\n"
    assert summary.append(env, "x" * (summary.LIMIT - len("one\ntwo\n") - 2))
    assert path.stat().st_size <= summary.LIMIT
