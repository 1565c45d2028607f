"""What the ledger says of versions, stages and pull requests, and whether it says the same as the tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wardround.flows.ledger.registering import change_of
from wardround.ledger.lineage import Lineage, Node, Proof

if TYPE_CHECKING:
    from wardround.flows.trace.ground import Ground, Seen
    from wardround.ledger import Entry
    from wardround.registry.entries import Assignment, Version


def version(ground: Ground, lineage: Lineage, item: Version, node: str) -> None:
    """The entries about a version's tag."""
    for entry in about(ground, item.tag.name, "release"):
        same = _same(entry, {"object": item.tag.object, "commit": item.commit, "decision": item.record.decision})
        lineage.link(node, _entry(ground, lineage, entry), "is recorded in", same or _anchored(ground, entry))


def assignment(ground: Ground, lineage: Lineage, item: Assignment, node: str) -> None:
    """The entries about a stage's tag."""
    for entry in about(ground, item.tag.name, "promotion", "override"):
        wanted = {"object": item.tag.object, "commit": item.record.commit, "version": item.version}
        same = _same(entry, wanted)
        lineage.link(node, _entry(ground, lineage, entry), "is recorded in", same or _anchored(ground, entry))


def pull(ground: Ground, lineage: Lineage, number: int) -> str:
    """A pull request and who approved it, as the ledger has it."""
    node = f"pull:{number}"
    if node in lineage.nodes:
        return node
    lineage.add(Node(node, "pull", f"pull request {number}"))
    for entry in about(ground, f"pull/{number}", "approval"):
        facts = entry.facts
        reviewed = str(facts.get("reviewed", ""))
        person = lineage.add(
            Node(
                f"person:{entry.by}:{facts.get('role')}:{number}:{reviewed}",
                "person",
                f"{entry.by}, in the role {facts.get('role')}",
                (("approved", reviewed), ("entry", entry.digest), ("what", str(facts.get("what", "")))),
            )
        )
        lineage.link(node, person, "was approved by", _vouched(ground, number, entry))
    return node


def merged(ground: Ground, number: int, commit: str) -> Seen:
    """Whether that pull request brought a version's commit, which its first line says: an approval of it that the version's tag vouches for."""
    for entry in about(ground, f"pull/{number}", "approval"):
        if entry.facts.get("what") == change_of(commit) and vouched(ground, number, entry):
            return (
                Proof.VERIFIED,
                "the version's tag names an approval of it, after the forge was asked what brought this commit",
            )
    return Proof.UNSEEN, "the commit's first line names it, which anybody can write"


def vouched(ground: Ground, number: int, entry: Entry) -> bool:
    """Whether the tag of the change that an approval was for names it: it was held against the forge's reviews before that tag was made.

    A later tag vouches for nothing of it: nobody asks the forge about a change that has its tag.
    """
    made = [item for item in ground.shown.state.assignments if item.record.pull == number]
    what = entry.facts.get("what")
    tags = [item.tag.name for item in made if f"{item.version} into {item.stage}" == what]
    tags += [item.tag.name for item in ground.shown.state.versions if change_of(item.commit) == what]
    return ground.glance.named_by(entry, tags)


def about(ground: Ground, name: str, *kinds: str) -> list[Entry]:
    """The sound entries of this project about something, of these kinds, in order of time."""
    return [entry for entry in ground.glance.about(name) if entry.kind in kinds and entry.project == ground.name]


def _entry(ground: Ground, lineage: Lineage, entry: Entry) -> str:
    facts = (
        ("written", entry.time),
        ("by", entry.by),
        ("known to a tag", "yes" if ground.glance.anchored(entry) else "not yet"),
    )
    return lineage.add(Node(f"entry:{entry.digest}", "entry", f"{entry.kind} {entry.digest[7:19]}", facts))


def _same(entry: Entry, wanted: dict[str, Any]) -> Seen | None:
    """A contradiction between an entry and a tag; None where there is none."""
    wrong = sorted(key for key, value in wanted.items() if entry.facts.get(key) != value)
    if not wrong:
        return None
    return Proof.BROKEN, f"the ledger has another {', '.join(wrong)} for this tag: it was moved or made anew"


def _vouched(ground: Ground, number: int, entry: Entry) -> Seen:
    if vouched(ground, number, entry):
        return Proof.VERIFIED, "the tag that was made of this change names it, after the forge's reviews were asked"
    return Proof.UNSEEN, "the entry has its hash, and the tag that was made of this change does not name it"


def _anchored(ground: Ground, entry: Entry) -> Seen:
    if ground.glance.anchored(entry):
        return Proof.VERIFIED, "the entry has its hash, and a tag names it or one written after it"
    return Proof.UNSEEN, "the entry has its hash, and no tag was made since that would show another one in its place"
