"""The state of a project as a fold over its tags, with GTO's meaning.

GTO orders by the tagger's time, not by a tag's number. A stage holds the version that was assigned to it last, unless that was taken
out of the stage or withdrawn: then the one before holds again. Nothing of a deprecated project counts, until a later tag.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path

from wardround.errors import UsageError
from wardround.registry.entries import Assignment, Removal, TagProblem, Version, sort_out
from wardround.registry.grammar import meant_for, numbers, parse
from wardround.registry.tags import Tag, read


@dataclass(frozen=True)
class State:
    """What the tags of one project say. Versions, assignments and removals are in order of time, then of the tag's name."""

    name: str
    versions: tuple[Version, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    removals: tuple[Removal, ...] = ()
    problems: tuple[TagProblem, ...] = ()
    #: Versions and the largest number that any tag of that name takes, counted or not.
    taken: frozenset[str] = frozenset()
    highest: int = 0

    @cached_property
    def entries(self) -> tuple[Version | Assignment | Removal, ...]:
        """Everything that counts, kind by kind."""
        return (*self.versions, *self.assignments, *self.removals)

    @cached_property
    def stages(self) -> tuple[str, ...]:
        """The stages that a version was ever assigned to, sorted."""
        return tuple(sorted({item.stage for item in self.assignments}))

    @property
    def latest(self) -> Version | None:
        """The greatest version that is not withdrawn; None when there is none, or all is deprecated."""
        if self.deprecated():
            return None
        active = [version for version in self.versions if self.active(version.version)]
        return max(active, key=lambda version: numbers(version.version), default=None)

    def version(self, name: str) -> Version | None:
        """A version by its name ``vX.Y.Z``, withdrawn or not."""
        return next((version for version in self.versions if version.version == name), None)

    def of_commit(self, commit: str) -> Version | None:
        """The version of a commit."""
        return next((version for version in self.versions if version.commit == commit), None)

    def at(self, stage: str, moment: dt.datetime | None = None) -> Assignment | None:
        """What that stage held at that moment (aware; included), or now; None when it held nothing."""
        limit = _limit(moment)
        if self.deprecated(moment):
            return None
        last: dict[str, Assignment] = {}
        for item in self.assignments:
            if item.stage == stage and item.time <= limit:
                last[item.version] = item  # in order, so the last one stays
        newest = sorted(last.values(), key=lambda item: -item.time)
        for _, together in groupby(newest, key=lambda item: item.time):
            held = [item for item in together if self.active(item.version, moment) and not self._left(item, limit)]
            if held:  # of those made in one second, GTO takes the older version
                return min(held, key=lambda item: self._age(item.version, limit))
        return None

    def active(self, version: str, moment: dt.datetime | None = None) -> bool:
        """Whether a version was registered and not withdrawn."""
        limit = _limit(moment)
        made = [item.time for item in self.versions if item.version == version and item.time <= limit]
        gone = [
            item.time for item in self.removals if item.version == version and item.stage is None and item.time <= limit
        ]
        if made or gone:
            return max(made, default=-math.inf) > max(gone, default=-math.inf)
        return any(item.version == version and item.time <= limit for item in self.entries)

    def deprecated(self, moment: dt.datetime | None = None) -> bool:
        """Whether the last thing said was that nothing of this name counts."""
        limit = _limit(moment)
        said = [item.time for item in self.removals if item.version is None and item.time <= limit]
        if not said:
            return False
        other = (item.time for item in self.entries if item.version is not None and item.time <= limit)
        return max(said) > max(other, default=-math.inf)

    def without(self, reasons: Mapping[str, str]) -> State:
        """The state without the assignments whose tag's name is a key; each becomes a problem, for that reason."""
        aside = [TagProblem(item.tag, reasons[item.tag.name]) for item in self.assignments if item.tag.name in reasons]
        problems = sorted((*self.problems, *aside), key=lambda problem: problem.tag.name)
        kept = tuple(item for item in self.assignments if item.tag.name not in reasons)
        return replace(self, assignments=kept, problems=tuple(problems))

    def last_time(self, stage: str | None = None) -> int | None:
        """The tagger time after which a new tag (of that stage) takes effect; None when there is nothing."""
        entries = (item for item in self.entries if stage is None or isinstance(item, Removal) or _into(item, stage))
        return max((item.time for item in entries), default=None)

    def _left(self, item: Assignment, limit: float) -> bool:
        """Whether the version was taken out of the stage since; in the same second, GTO lets the taking out win."""
        return any(
            removal.version == item.version and removal.stage == item.stage and item.time <= removal.time <= limit
            for removal in self.removals
        )

    def _age(self, version: str, limit: float) -> tuple[float, int, str]:
        """When the version was registered last, then when its first tag was made: GTO's order of versions."""
        made = [item for item in self.versions if item.version == version and item.time <= limit]
        direct = [(item.time, item.tag.name) for item in made]
        direct += [
            (item.time, item.tag.name)
            for item in self.removals
            if item.version == version and item.stage is None and item.time <= limit
        ]
        last = max((item.time for item in made), default=limit)
        return (last, *min(direct, default=(0, "")))


def fold(tags: Iterable[Tag], name: str, taggers: Collection[str] = ()) -> State:
    """What ``tags`` say of the project ``name``. What cannot count is among the problems. ``taggers`` may make tags; empty: anybody."""
    own = [tag for tag in tags if meant_for(tag.name) == name]
    entries = sort_out(own, name, taggers)
    meanings = []
    for tag in own:
        try:
            meanings.append(parse(tag.name))
        except UsageError:
            continue
    return State(
        name,
        tuple(entries.versions),
        tuple(entries.assignments),
        tuple(entries.removals),
        tuple(entries.problems),
        frozenset(version for item in meanings if (version := getattr(item, "version", None))),
        max((item.number or 0 for item in meanings), default=0),
    )


def state_of(repository: Path, name: str) -> State:
    """The state of a project by the tags of the repository that holds it; errors as in :func:`wardround.registry.tags.read`."""
    return fold(read(repository), name)


def _into(item: Version | Assignment, stage: str) -> bool:
    return isinstance(item, Assignment) and item.stage == stage


def _limit(moment: dt.datetime | None) -> float:
    if moment is None:
        return math.inf
    if moment.tzinfo is None:
        msg = "a moment needs a time zone"
        raise ValueError(msg)
    return moment.timestamp()
