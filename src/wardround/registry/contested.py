"""Which name a commit has when two are tagged on it, and whose tags count at all where the params name the taggers.

A tagger's time is whatever who made the tag says. What cannot be put in afterwards is the name of a stage's tag with a small number: git
has each name once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable

from wardround.registry.grammar import StageTag, TagName, VersionTag
from wardround.registry.record import StageRecord, from_message
from wardround.registry.tags import Tag

Key = tuple[bool, bool, float, int, str]


def may_tag(tag: Tag, taggers: Iterable[str]) -> bool:
    """Whether the tagger is one of those: by name, by address, or by the login in the forge's own address for people and Apps."""
    login = tag.email.partition("@")[0].rpartition("+")[2]
    own = {tag.tagger, tag.email, *((login,) if "noreply" in tag.email else ())}
    return bool(own & set(taggers))


def first(named: Iterable[tuple[TagName, Tag]], taggers: Collection[str]) -> Callable[[VersionTag, Tag], Key]:
    """The order in which versions' tags are looked at: of two that contradict each other, the first counts.

    The plain name before one with a number, which says a version again. Then the tag of somebody who may; the one that a stage's tag
    names, of these the one named by the smallest number; and only then the tagger's time.
    """
    in_stage: dict[tuple[str, str], float] = {}
    for meaning, tag in named:
        if isinstance(meaning, StageTag) and (record := _record(tag)) is not None:
            key, number = (record.version, tag.target), meaning.number or math.inf
            if allowed(tag, taggers):
                in_stage[key] = min(in_stage.get(key, math.inf), number)

    def order(meaning: VersionTag, tag: Tag) -> Key:
        number = in_stage.get((meaning.version, tag.target), math.inf)
        return meaning.number is not None, not allowed(tag, taggers), number, tag.time or 0, tag.name

    return order


def allowed(tag: Tag, taggers: Collection[str]) -> bool:
    """Whether the params let this tagger make tags; everybody where they name nobody."""
    return not taggers or may_tag(tag, taggers)


def _record(tag: Tag) -> StageRecord | None:
    try:
        record = from_message(tag.message)
    except ValueError:
        return None
    return record if isinstance(record, StageRecord) else None
