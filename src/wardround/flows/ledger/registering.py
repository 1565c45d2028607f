"""What the ledger is told of versions and stages: the decision before a version's tag, then the tag; approvals before each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from wardround.files import sha256_bytes
from wardround.ledger.entry import entry

if TYPE_CHECKING:
    from wardround.flows.ledger.desk import LedgerDesk
    from wardround.flows.promote.approving import Approval
    from wardround.ledger.entry import NewEntry
    from wardround.registry.entries import Assignment, Version
    from wardround.registry.record import VersionRecord


def decided(desk: LedgerDesk, project: str, record: VersionRecord, read: Callable[[str], bytes | None]) -> None:
    """Records the decision that a version names.

    ``read`` gives the decision's file by its digest. One that is not what its digest says is recorded as not read.
    """
    content = read(record.decision)
    found = _decision(content) if content is not None and sha256_bytes(content) == record.decision else {}
    desk.record(
        entry(
            kind="decision",
            project=project,
            about=record.decision,
            by="wardround",
            facts={
                "decision": record.decision,
                "commit": record.commit,
                "verdict": str(found.get("verdict", "not read")),
                "outcome": str(found.get("outcome", "")) or None,
                "subject": str(found.get("subject_digest", "")) or None,
                "judged_by": str(found.get("judged_by", "")) or None,
            },
        )
    )


def released(desk: LedgerDesk, project: str, version: Version) -> None:
    """Records the version's tag."""
    record = version.record
    desk.record(
        entry(
            kind="release",
            project=project,
            about=version.tag.name,
            by=_name(version.tag.tagger),
            facts={
                "tag": version.tag.name,
                "object": version.tag.object,
                "version": version.version,
                "commit": version.commit,
                **{
                    name: getattr(record, name)
                    for name in ("decision", "model", "bento", "image", "sbom", "provenance", "smoke", "previous")
                },
            },
        )
    )


def change_of(commit: str) -> str:
    """What an approval is for that is of a model's own change: the commit that brought it to the default branch."""
    return f"commit {commit}"


def approval(project: str, pull: int, about: str, item: Approval) -> NewEntry:
    """Somebody's approval, as the ledger is told of it."""
    return entry(
        kind="approval",
        project=project,
        about=f"pull/{pull}",
        by=item.review.author,
        facts={
            "pull": pull,
            "role": item.role,
            "login": item.review.author,
            "reviewed": item.review.sha,
            "review": item.review.id,
            "submitted": item.review.submitted or None,
            "what": about,
        },
    )


def approved(desk: LedgerDesk, project: str, pull: int, about: str, given: Iterable[Approval]) -> None:
    """Records who approved, in which role, and of which commit. ``about`` is what goes where, as ``v1.0.0 into prod``, or :func:`change_of`."""
    desk.record(*(approval(project, pull, about, item) for item in given))


def assigned(desk: LedgerDesk, project: str, item: Assignment) -> None:
    """Records a stage's tag: a promotion, or an override where nobody reviewed it."""
    record = item.record
    facts: dict[str, Any] = {
        "tag": item.tag.name,
        "object": item.tag.object,
        "version": item.version,
        "stage": item.stage,
        "commit": record.commit,
        "pull": record.pull,
        "decision": record.decision,
        "bento": record.bento,
        "image": record.image,
        "card": record.card,
        "reason": " ".join(record.reason.split())[:500] or None,
    }
    kind = "override" if record.break_glass else "promotion"
    desk.record(entry(kind=kind, project=project, about=item.tag.name, by=_name(item.tag.tagger), facts=facts))


def alerted(desk: LedgerDesk, project: str, about: str, by: str, rules: Iterable[str], **facts: str) -> None:
    """Records an alert of the monitor: which rules, by their ids. ``about`` is the window, as ``prod 2026-03-02/2026-03-08``; no number of it."""
    named = tuple(sorted(set(rules)))
    if named:
        desk.record(entry(kind="alert", project=project, about=about, by=by, facts={"rules": named, **facts}))


def proposed(desk: LedgerDesk, project: str, pull: int, by: str, **facts: str) -> None:
    """Records a proposal: a pull request that the monitor opened."""
    desk.record(entry(kind="proposal", project=project, about=f"pull/{pull}", by=by, facts={"pull": pull, **facts}))


def withdrawn(desk: LedgerDesk, project: str, about: str, by: str, reason: str, **facts: tuple[str, ...]) -> None:
    """Records that subjects were withdrawn: never who. ``about`` is the request's digest; ``facts`` name snapshots and versions."""
    desk.record(entry(kind="withdrawal", project=project, about=about, by=by, facts={"reason": reason, **facts}))


def told(assignments: Iterable[Assignment], tag: str) -> Assignment | None:
    """The assignment of that tag."""
    return next((item for item in assignments if item.tag.name == tag), None)


def _name(tagger: str) -> str:
    return " ".join(tagger.split())[:200] or "unknown"


def _decision(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
