"""A lineage for a terminal: what it came from, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from wardround.ledger.lineage import Lineage, Proof
from wardround.report.escape import in_terminal

if TYPE_CHECKING:
    from wardround.ledger.lineage import Node

MARK = {Proof.VERIFIED: "verified", Proof.UNSEEN: "not checked", Proof.BROKEN: "BROKEN"}
_WORDS = {
    "is the Bento": "is the Bento of",
    "runs as the image": "is the image of",
    "was made from": "was made into",
    "is recorded in": "records",
    "was decided by": "let through",
    "judged": "was judged by",
    "rests on": "bears",
    "was trained on": "trained",
    "was read from": "was read into",
    "came by": "brought",
    "was approved by": "approved",
    "held": "was held by",
    "was answered by": "answered",
    "was given by": "gave",
    "has in its history": "is in the history of",
    "was merged as": "made",
}


def text(lineage: Lineage) -> str:
    """The whole answer."""
    return "\n".join(_lines(lineage)) + "\n"


def plain(lineage: Lineage) -> dict[str, Any]:
    """The whole answer as JSON types."""
    return {
        "kind": "lineage",
        "schema_version": 1,
        "starts": lineage.starts,
        "nodes": [
            {"id": node.id, "kind": node.kind, "name": node.name, "facts": dict(node.facts)}
            for node in lineage.nodes.values()
        ],
        "links": [
            {
                "source": link.source,
                "target": link.target,
                "says": link.says,
                "proof": link.proof.value,
                "how": link.how,
            }
            for link in lineage.links
        ],
    }


def _lines(lineage: Lineage) -> Iterator[str]:
    for start in lineage.starts:
        yield from _head(lineage.nodes[start])
        for back, title in ((True, "where it came from"), (False, "what came of it")):
            steps = list(lineage.walk(start, back=back))
            if steps:
                yield f"  {title}"
            for depth, link, other, again in steps:
                node = lineage.nodes[other]
                verb = link.says if back else _WORDS[link.says]
                indent = "  " * (depth + 1)
                yield f"{indent}{verb} {_called(node)}  [{MARK[link.proof]}]" + (" (above)" if again else "")
                if link.proof is not Proof.VERIFIED:
                    yield f"{indent}  why: {_safe(link.how)}"
                if not again:
                    yield from (f"{indent}  {key}: {_safe(value)}" for key, value in node.facts if value)
    counts = ", ".join(f"{len(lineage.of(proof))} {MARK[proof]}" for proof in Proof)
    yield f"{len(lineage.links)} links: {counts}"


def _head(node: Node) -> Iterator[str]:
    yield _called(node)
    yield from (f"  {key}: {_safe(value)}" for key, value in node.facts if value)


def _called(node: Node) -> str:
    name = _safe(node.name)
    return name if node.kind in {"pull", "person"} else f"{node.kind} {name}"


def _safe(words: str) -> str:
    return in_terminal(words)
