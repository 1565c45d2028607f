"""GitHub's JSON as values. Whatever is missing or null becomes empty where GitHub allows that, and an error elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from wardround.forge.released import Deployment
from wardround.forge.settings import RequiredCheck, Ruleset, Workflow
from wardround.forge.values import Artifact, ChangedFile, Comment, Commit, Issue, PullRequest, Review, Run, Status


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _login(user: Any) -> str:
    """A deleted account is null."""
    return "" if user is None else str(user["login"])


def _name(repository: Any) -> str:
    """A deleted fork is null."""
    return "" if repository is None else str(repository["full_name"])


def pull(raw: Any) -> PullRequest:
    """A pull request, from a list (which has ``merged_at`` only) or alone."""
    return PullRequest(
        number=int(raw["number"]),
        title=str(raw["title"]),
        body=_text(raw.get("body")),
        state=str(raw["state"]),
        merged=bool(raw.get("merged") or raw.get("merged_at")),
        draft=bool(raw.get("draft")),
        author=_login(raw.get("user")),
        labels=tuple(str(label["name"]) for label in raw.get("labels") or ()),
        head_sha=str(raw["head"]["sha"]),
        head_branch=str(raw["head"]["ref"]),
        head_repository=_name(raw["head"].get("repo")),
        base_branch=str(raw["base"]["ref"]),
        base_sha=str(raw["base"]["sha"]),
        url=_text(raw.get("html_url")),
    )


def review(raw: Any) -> Review:
    """A review of a pull request; the commit is null when it is gone."""
    return Review(
        id=int(raw["id"]),
        author=_login(raw.get("user")),
        state=str(raw["state"]),
        sha=_text(raw.get("commit_id")),
        submitted=_text(raw.get("submitted_at")),
        url=_text(raw.get("html_url")),
    )


def issue(raw: Any) -> Issue:
    """An issue; a pull request among them has ``pull_request``."""
    return Issue(
        number=int(raw["number"]),
        title=str(raw["title"]),
        body=_text(raw.get("body")),
        state=str(raw["state"]),
        author=_login(raw.get("user")),
        labels=tuple(label if isinstance(label, str) else str(label["name"]) for label in raw.get("labels") or ()),
        is_pull=raw.get("pull_request") is not None,
        url=_text(raw.get("html_url")),
    )


def comment(raw: Any) -> Comment:
    """A comment of an issue or pull request."""
    return Comment(int(raw["id"]), _login(raw.get("user")), _text(raw.get("body")), _text(raw.get("html_url")))


def status(raw: Any) -> Status:
    """A commit status."""
    return Status(
        str(raw["context"]),
        str(raw["state"]),
        _text(raw.get("description")),
        _text(raw.get("target_url")),
        creator=_login(raw.get("creator")),
    )


def commit(raw: Any) -> Commit:
    """A commit, as ``/commits/SHA`` gives it."""
    return Commit(
        sha=str(raw["sha"]),
        parents=tuple(str(parent["sha"]) for parent in raw["parents"]),
        tree=str(raw["commit"]["tree"]["sha"]),
        message=str(raw["commit"]["message"]),
        author=str((raw.get("author") or {}).get("login", "")),
    )


def file(raw: Any) -> ChangedFile:
    """A file of a comparison or pull request."""
    return ChangedFile(str(raw["filename"]), str(raw["status"]), _text(raw.get("previous_filename")))


def run(raw: Any) -> Run:
    """A workflow run. ``path`` loses the ``@ref`` that GitHub may add."""
    return Run(
        id=int(raw["id"]),
        attempt=int(raw.get("run_attempt") or 1),
        name=_text(raw.get("name")),
        path=str(raw["path"]).split("@")[0],
        event=str(raw["event"]),
        status=_text(raw.get("status")),
        conclusion=_text(raw.get("conclusion")),
        head_sha=str(raw["head_sha"]),
        head_branch=_text(raw.get("head_branch")),
        head_repository=_name(raw.get("head_repository")),
        url=_text(raw.get("html_url")),
        created=_text(raw.get("created_at")),
    )


def artifact(raw: Any) -> Artifact:
    """What a run uploaded."""
    return Artifact(int(raw["id"]), str(raw["name"]), int(raw["size_in_bytes"]), bool(raw["expired"]))


def deployment(raw: Any) -> Deployment:
    """A deployment; its payload comes as an object or as JSON text."""
    payload = raw.get("payload") or {}
    if isinstance(payload, str):
        payload = json.loads(payload)
    return Deployment(
        id=int(raw["id"]),
        ref=str(raw["ref"]),
        sha=str(raw["sha"]),
        task=str(raw["task"]),
        environment=str(raw["environment"]),
        payload={str(key): str(value) for key, value in payload.items()} if isinstance(payload, Mapping) else {},
        description=_text(raw.get("description")),
    )


def workflow(raw: Any) -> Workflow:
    """A workflow."""
    return Workflow(int(raw["id"]), str(raw["name"]), str(raw["path"]), str(raw["state"]))


def ruleset(raw: Any) -> Ruleset:
    """A ruleset with its rules."""
    rules = {str(rule["type"]): rule.get("parameters") or {} for rule in raw.get("rules") or ()}
    review = rules.get("pull_request", {})
    required = rules.get("required_status_checks", {})
    checks = required.get("required_status_checks") or ()
    bypass = raw.get("bypass_actors")
    names = (raw.get("conditions") or {}).get("ref_name") or {}
    return Ruleset(
        id=int(raw["id"]),
        name=str(raw["name"]),
        target=_text(raw.get("target")),
        enforcement=str(raw["enforcement"]),
        include=tuple(str(name) for name in names.get("include") or ()),
        exclude=tuple(str(name) for name in names.get("exclude") or ()),
        rules=tuple(sorted(rules)),
        checks=tuple(
            RequiredCheck(str(check["context"]), None if (app := check.get("integration_id")) is None else int(app))
            for check in checks
        ),
        strict=bool(required.get("strict_required_status_checks_policy")),
        approvals=int(review.get("required_approving_review_count") or 0),
        code_owners=bool(review.get("require_code_owner_review")),
        queue=_text(rules.get("merge_queue", {}).get("grouping_strategy")),
        bypass=None if bypass is None else len(bypass),
    )
