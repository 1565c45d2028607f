"""Where something came from, and what came of it: things, and links between them that were checked, not checked, or do not hold. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

#: In the order of the way from an answer back to its data.
Thing = Literal[
    "prediction",
    "stage",
    "version",
    "image",
    "bento",
    "entry",
    "commit",
    "pull",
    "person",
    "decision",
    "evidence",
    "snapshot",
    "source",
]


class Proof(StrEnum):
    """What is known of a link."""

    #: A hash or a signature was computed here and now, and is the one that is named.
    VERIFIED = "verified"
    #: Something says so; what would prove it is not here.
    UNSEEN = "not checked"
    #: It was checked, and is not so.
    BROKEN = "broken"


@dataclass(frozen=True)
class Node:
    """A thing. ``id`` tells it from all others, ``name`` is for people, ``facts`` are pairs of a word and a text; no text is of a patient."""

    id: str
    kind: Thing
    name: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Link:
    """``source`` came from, or rests on, ``target``: ``says`` is the verb between them. ``how`` it was checked, or why not."""

    source: str
    target: str
    says: str
    proof: Proof
    how: str


@dataclass
class Lineage:
    """What is known around the things that were asked about (``starts``)."""

    starts: list[str] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)

    def add(self, node: Node) -> str:
        """A thing, once; returns its id."""
        self.nodes.setdefault(node.id, node)
        return node.id

    def link(self, source: str, target: str, says: str, seen: tuple[Proof, str]) -> None:
        """A link, once."""
        made = Link(source, target, says, *seen)
        if made not in self.links:
            self.links.append(made)

    def of(self, proof: Proof) -> list[Link]:
        """The links of one kind of proof."""
        return [link for link in self.links if link.proof is proof]

    def back(self, node: str) -> list[Link]:
        """What a thing came from, or rests on."""
        return [link for link in self.links if link.source == node]

    def on(self, node: str) -> list[Link]:
        """What came of a thing."""
        return [link for link in self.links if link.target == node]

    def walk(self, start: str, *, back: bool) -> Iterator[tuple[int, Link, str, bool]]:
        """From ``start`` in one direction, in depth: how deep, the link, the thing it leads to, and whether that was shown before."""
        seen = {start}

        def steps(node: str, depth: int) -> Iterator[tuple[int, Link, str, bool]]:
            for link in self.back(node) if back else self.on(node):
                other = link.target if back else link.source
                again = other in seen
                seen.add(other)
                yield depth, link, other, again
                if not again:
                    yield from steps(other, depth + 1)

        yield from steps(start, 1)
