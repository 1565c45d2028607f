"""Whether a version may be named by a stage: its tag as the registry reads it, who made it, and what other tags say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wardround.errors import Problem, UsageError
from wardround.registry.contested import may_tag
from wardround.registry.grammar import StageTag, VersionTag, parse

if TYPE_CHECKING:
    from wardround.registry.entries import TagProblem, Version
    from wardround.registry.fold import State


def version_problems(state: State, version: str, taggers: Iterable[str] = ()) -> tuple[Problem, ...]:
    """Why the version does not count; nothing when it does. ``taggers``: who may have made its tag; empty: anybody."""
    found = state.version(version)
    if found is None:
        return (_absent(state, version),)
    return tuple(_doubts(state, found, frozenset(taggers)))


def _absent(state: State, version: str) -> Problem:
    where = f"tag {state.name}@{version}"
    for problem in state.problems:
        if _names(problem, version):
            return Problem(
                f"the version's tag does not count: {problem.what}",
                where=where,
                next="find out who made it; `wardround release` makes tags that count",
            )
    known = ", ".join(item.version for item in state.versions[-5:]) or "none yet"
    return Problem(
        "there is no such version",
        where=where,
        found=f"versions: {known}",
        next="git fetch --tags, or release it first: wardround release",
    )


def _names(problem: TagProblem, version: str) -> bool:
    try:
        meaning = parse(problem.tag.name)
    except UsageError:
        return False
    return isinstance(meaning, VersionTag) and meaning.version == version


def _doubts(state: State, version: Version, taggers: frozenset[str]) -> Iterator[Problem]:
    where = f"tag {version.tag.name}"
    if state.deprecated():
        yield Problem("the project is deprecated: nothing of it counts", where=where)
    elif not state.active(version.version):
        yield Problem("the version was withdrawn", where=where, next="release and promote another one")
    if taggers and not may_tag(version.tag, taggers):
        yield Problem(
            "the version's tag was made by somebody who may not",
            where=where,
            wanted=f"one of {', '.join(sorted(taggers))}",
            found=f"{version.tag.tagger} <{version.tag.email}>",
            next="name them in params.yaml: stages.taggers, or release the version anew",
        )
    for problem in state.problems:
        if _contradicts(problem, version):
            yield Problem(
                f"another tag does not agree with this version: {problem.what}",
                where=f"tag {problem.tag.name}",
                next="one of the two was made anew: find out which, and by whom",
            )


def _contradicts(problem: TagProblem, version: Version) -> bool:
    """Whether a stage's tag that does not count says something else of this version: then one of them was replaced."""
    from wardround.registry.record import StageRecord, from_message

    try:
        is_stage = isinstance(parse(problem.tag.name), StageTag)
        record = from_message(problem.tag.message) if problem.tag.annotated else None
    except (UsageError, ValueError):
        return False
    return (
        is_stage
        and isinstance(record, StageRecord)
        and record.version == version.version
        and (
            problem.tag.target != version.commit
            or record.bento != version.record.bento
            or _image(record) != _image(version.record)
        )
    )


def _image(record: object) -> str | None:
    from wardround.registry.record import image_digest

    return image_digest(getattr(record, "image", None))
