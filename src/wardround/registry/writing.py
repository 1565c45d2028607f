"""Making tags of versions and stages: each once, whoever asks and however often, and each after those that it must follow.

The name of a tag is taken in one step; who comes second reads again what is there and takes the next one. The same record of the same
commit finds the tag that has it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from wardround.errors import EnvironmentFailure, GateRefusal, UsageError
from wardround.registry.bump import Level, following
from wardround.registry.entries import Assignment, Version
from wardround.registry.fold import State, fold
from wardround.registry.grammar import StageTag, VersionTag, check_stage, numbers
from wardround.registry.record import StageRecord, VersionRecord, message
from wardround.registry.tags import Tag

#: So often others may be faster, project choice: each time somebody made a tag.
_ATTEMPTS = 50
#: Clocks may be so many seconds apart; a new tag waits for those that are dated later, because GTO goes by the tagger's time.
_SKEW = 30


class Place(Protocol):
    """Where tags are: a repository on this machine, or the forge's."""

    def tags(self) -> tuple[Tag, ...]:
        """The tags as they are now."""
        ...

    def make(self, name: str, target: str, text: str, moment: int) -> bool:
        """Makes an annotated tag in one step; False when the name is taken, by whatever.

        ``moment`` is the tagger's time, in seconds since 1970; a place with a clock of its own goes by that.
        """
        ...

    def now(self) -> int:
        """The time, in seconds since 1970."""
        ...

    def wait(self, seconds: float) -> None:
        """Lets time pass."""
        ...


class Taken(GateRefusal):
    """The version's name belongs to another commit or record by now: take the next one, or find out who made it."""


@dataclass(frozen=True)
class NewVersion:
    """A version to have. ``lines`` are sentences for people, at least one."""

    version: str
    record: VersionRecord
    lines: tuple[str, ...]


@dataclass(frozen=True)
class NewStage:
    """A version that shall be in a stage. ``lines`` are sentences for people, at least one."""

    stage: str
    record: StageRecord
    lines: tuple[str, ...]


def next_version(state: State, level: Level) -> str:
    """The version after the greatest that counts (withdrawn ones too), and that no tag has taken, counted or not."""
    greatest = max((item.version for item in state.versions), key=numbers, default=None)
    version = following(greatest, level)
    while version in state.taken:
        version = following(version, level)
    return version


def register(place: Place, name: str, new: NewVersion) -> Version:
    """Exactly that version: made now, or there before with that record.

    Raises :class:`Taken` when the version is another's, :class:`UsageError` when the commit is another version already.
    """
    tag, text = VersionTag(name, new.version), message(new.lines, new.record)
    for _ in range(_ATTEMPTS):
        state = fold(place.tags(), name)
        if (there := state.of_commit(new.record.commit)) is not None:
            return _same(there, new)
        if new.version in state.taken:
            raise _taken(str(tag))
        # a version that was withdrawn, or a deprecation, would win over one made in the same second
        moment = _after(place, str(tag), max((item.time for item in state.removals), default=None))
        if place.make(str(tag), new.record.commit, text, moment):
            made = fold(place.tags(), name).of_commit(new.record.commit)
            if made is None or made.version != new.version:
                raise _unseen(str(tag))
            return made
    raise _too_many(str(tag))


def write_version(place: Place, name: str, compose: Callable[[State], NewVersion]) -> Version:
    """A version for a commit: ``compose`` says which, and its record, by the newest state, and is asked again when that was taken."""
    for _ in range(_ATTEMPTS):
        try:
            return register(place, name, compose(fold(place.tags(), name)))
        except Taken as error:
            taken = error
    raise taken


def write_stage(place: Place, name: str, new: NewStage) -> Assignment:
    """The stage's tag with that record: made now, or there before.

    A merged change is tagged once, also when later ones were tagged since. A break-glass is the same only while it holds.
    Raises :class:`UsageError` when the version is not there, :class:`EnvironmentFailure` when the tag could not take effect.
    """
    check_stage(new.stage)
    text = message(new.lines, new.record)
    for _ in range(_ATTEMPTS):
        state = fold(place.tags(), name)
        if (there := _held(state, new)) is not None:
            return there
        version = state.version(new.record.version)
        if version is None or not state.active(version.version):
            raise UsageError(
                "a stage cannot be given a version that does not count",
                where=f"{name}@{new.record.version}",
                found="it was withdrawn" if version else "no tag of it, or one that is a problem",
                next=f"see `wardround registry {name}`",
            )
        tag = str(StageTag(name, new.stage, state.highest + 1))
        moment = _after(place, tag, state.last_time(new.stage))
        if place.make(tag, version.commit, text, moment):
            made = next((item for item in fold(place.tags(), name).assignments if item.tag.name == tag), None)
            if made is None:
                raise _unseen(tag)
            return made
    raise _too_many(f"{name}#{new.stage}")


def _held(state: State, new: NewStage) -> Assignment | None:
    """The first tag of that stage with that record."""
    same = [item for item in state.assignments if item.stage == new.stage and item.record == new.record]
    if not same:
        return None
    if new.record.break_glass:
        now = state.at(new.stage)
        return now if now in same else None
    return same[0]


def _same(there: Version, new: NewVersion) -> Version:
    if (there.version, there.record) == (new.version, new.record):
        return there
    if there.record.model_copy(update={"previous": None}) == new.record.model_copy(update={"previous": None}):
        return there  # it was registered meanwhile, when another version was the last one
    raise UsageError(
        "this commit is a version already, with other contents",
        where=there.tag.name,
        wanted="one version a commit",
        found=", ".join(_differing(there.record, new.record)) + " differ",
        next="release what the tag says, or commit what changed and release that",
    )


def _differing(there: VersionRecord, new: VersionRecord) -> list[str]:
    return [key for key, value in new.model_dump().items() if getattr(there, key) != value]


def _after(place: Place, tag: str, last: int | None) -> int:
    """A moment later than ``last``, in whole seconds; waits for it if it is near."""
    for _ in range(3):
        now = place.now()
        if last is None or now > last:
            return now
        if last - now > _SKEW:
            break
        place.wait(last + 1 - now)
    assert last is not None
    raise EnvironmentFailure(
        "a tag is dated in the future: a new one would not take effect, because tags count in the order of their time",
        where=tag,
        found=f"{last - place.now() + 1} s ahead of this clock",
        next="set the clocks right, and wait until that moment has passed",
    )


def _taken(tag: str) -> Taken:
    return Taken(
        "a tag of this name is there already, and is of another commit",
        where=tag,
        next="release again, which takes the next version; `wardround registry` says whether that tag counts",
    )


def _unseen(tag: str) -> EnvironmentFailure:
    return EnvironmentFailure(
        "the tag was made, and does not count: another tag contradicts it",
        where=tag,
        next="see what `wardround registry` says about it, then run the same command again",
    )


def _too_many(tag: str) -> EnvironmentFailure:
    return EnvironmentFailure(
        f"{_ATTEMPTS} times somebody else was faster in making a tag",
        where=tag,
        next="find out what makes tags without end, then run the same command again",
    )
