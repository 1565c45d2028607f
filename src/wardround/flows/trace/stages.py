"""Stages: which version they held, from when until when, and the change that put it there."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from wardround.deploy.stage_file import path_of
from wardround.flows.trace import recorded, versions
from wardround.ledger.lineage import Lineage, Node, Proof

if TYPE_CHECKING:
    from wardround.flows.registry import Standing
    from wardround.flows.trace.ground import Ground, Seen
    from wardround.registry.entries import Assignment, Removal, Version


def back(ground: Ground, lineage: Lineage, standing: Standing, *, whole: bool = True) -> str:
    """Adds a stage's tag, and what it came from: the version (all of it, if ``whole``), the change, the approvals."""
    item = standing.assignment
    moment = item.tag.moment
    end = until(ground, standing)
    node = lineage.add(
        Node(
            f"stage:{item.tag.name}",
            "stage",
            f"{item.tag.name} ({item.stage})",
            (
                ("from", moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else "no time"),
                ("until", end.strftime("%Y-%m-%d %H:%M:%S UTC") if end else "now"),
                ("by", item.tag.tagger),
                ("review", standing.review),
                *((("reason", item.record.reason),) if item.record.reason else ()),
            ),
        )
    )
    version = ground.shown.state.version(item.version)
    if version is not None:
        name = versions.back(ground, lineage, version) if whole else versions.version_id(ground, version)
        lineage.link(node, name, "held", _held(standing))
    recorded.assignment(ground, lineage, item, node)
    if item.record.pull is not None:
        lineage.link(node, recorded.pull(ground, lineage, item.record.pull), "came by", _pull(ground, standing))
    return node


def of_version(ground: Ground, version: Version) -> list[Standing]:
    """The stages that a version was in."""
    return [item for item in ground.shown.standings if item.assignment.version == version.version]


def _held(standing: Standing) -> Seen:
    item = standing.assignment
    where = f"{path_of(item.stage)} at {item.record.commit[:12]}"
    if standing.review == "merged":
        return Proof.VERIFIED, f"{where}, on the default branch, names the same version and digests"
    if standing.review == "reviewed":
        return Proof.VERIFIED, f"a break-glass; {standing.review_commit[:12]} has reviewed it"
    if standing.review == "not reviewed":
        return Proof.UNSEEN, "a break-glass that nobody has reviewed"
    return Proof.UNSEEN, "the project is not in this checkout"


def _pull(ground: Ground, standing: Standing) -> Seen:
    item = standing.assignment
    for entry in recorded.about(ground, item.tag.name, "promotion"):
        if entry.facts.get("pull") == item.record.pull:
            return Proof.VERIFIED, "the tag and the ledger name the same"
    return Proof.UNSEEN, "the tag names it, and the ledger has no entry of the tag"


def until(ground: Ground, standing: Standing) -> dt.datetime | None:
    """When the stage's next tag, or a removal, came; None while it holds."""
    if standing.now:
        return None
    item, state = standing.assignment, ground.shown.state
    taken = (one for one in state.removals if one.version in {item.version, None})  # another's is no end of this one
    others: tuple[Assignment | Removal, ...] = (*state.assignments, *taken)
    later = [
        other.time
        for other in others
        if other.time >= item.time and other.tag.name != item.tag.name and other.stage in {item.stage, None}
    ]
    return dt.datetime.fromtimestamp(min(later, default=item.time), dt.UTC)
