"""Making the tag of a stage, on the forge or here: the name is taken in one step, or it is somebody else's and the next one is tried."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from wardround.errors import EnvironmentFailure
from wardround.forge.errors import Refused
from wardround.forge.values import Tag, TagSpec
from wardround.proc import Command, run
from wardround.registry.grammar import StageTag
from wardround.registry.record import StageRecord, from_message, message
from wardround.registry.tags import read

if TYPE_CHECKING:
    from wardround.flows.promote.recording import Wanted
    from wardround.forge.protocol import Forge
    from wardround.registry.fold import State

#: So many numbers may be taken by others while this runs.
_TRIES = 1000
#: Clocks may be so many seconds apart: tags take effect in the order of their time.
_SKEW = 30.0


class Tags(Protocol):
    """Where tags lie: a forge, or a repository of this machine."""

    def tag(self, name: str) -> Tag | None:
        """A tag, or None."""
        ...

    def annotated_tag(self, spec: TagSpec) -> Tag:
        """Makes a tag; :class:`Refused` when the name has another target or message, or may not be made."""
        ...


@dataclass
class StageTagger:
    """Makes tags of stages of the project ``state.name``. ``state`` may be old: what ``tags`` has counts."""

    tags: Tags
    state: State
    clock: Callable[[], float] = time.time
    wait: Callable[[float], None] = time.sleep
    _last: float = field(default=0.0, init=False)
    _next: int = field(default=0, init=False)

    def assign(self, wanted: Wanted) -> str | None:
        """The tag with that record: the one that is there, or a new one whose time is after all others'; None when overtaken."""
        stage, record, target, lines = wanted.stage, wanted.record, wanted.target, wanted.lines
        text = message(lines, record)
        number = max(self.state.highest + 1, self._next)
        for _ in range(_TRIES):
            name = str(StageTag(self.state.name, stage, number))
            there = self.tags.tag(name)
            if there is None:
                self._after_all()
                try:
                    self.tags.annotated_tag(TagSpec(name, target, text))
                except Refused:
                    if self.tags.tag(name) is None:  # the forge's rules say no
                        raise
                    continue  # somebody was faster: look at what they made
                self._last, self._next = self.clock(), number + 1
                return name
            found = _record(there)
            if found == record and there.target == target:
                return name
            if isinstance(found, StageRecord) and found.commit not in wanted.older:
                return None
            number += 1
        raise EnvironmentFailure("no number is free for the stage's tag", where=f"{self.state.name}#{stage}")

    def _after_all(self) -> None:
        """Waits until a tag that is made now comes after those that are known, in whole seconds."""
        last = max(float(self.state.last_time() or 0), self._last)
        missing = int(last) + 1 - self.clock()
        if missing > _SKEW:
            raise EnvironmentFailure(
                "a tag of this project was made in the future: a new one would not take effect",
                where=f"tags of {self.state.name}",
                found=f"{missing:.0f} s ahead of this machine's clock",
                next="set the clocks right, and wait until that moment has passed",
            )
        if missing > 0:
            self.wait(missing)


@dataclass(frozen=True)
class LocalTags:
    """The tags of a repository on this machine."""

    top: Path

    def tag(self, name: str) -> Tag | None:
        """A tag, or None."""
        found = next((one for one in read(self.top) if one.name == name), None)
        return None if found is None else Tag(name, found.target, found.message, found.object)

    def annotated_tag(self, spec: TagSpec) -> Tag:
        """Makes a tag with this user's name; git refuses one that is there."""
        args = ["git", "tag", "--annotate", "--cleanup=verbatim", "--file=-", spec.name, spec.target]
        done = run(Command(args, cwd=self.top, env={"LC_ALL": "C"}, stdin=spec.message + "\n", timeout=60))
        if done.ok and (made := self.tag(spec.name)) is not None:
            return made
        raise Refused("git did not make the tag", where=spec.name, found=done.err.strip()[-300:])


def tagger_of(forge: Forge | None, top: Path, state: State) -> StageTagger:
    """Who makes the stage's tags: the forge, or without one this repository."""
    return StageTagger(forge if forge is not None else LocalTags(top), state)


def _record(there: Tag) -> StageRecord | None:
    try:
        found = from_message(there.message) if there.object != there.target else None
    except ValueError:
        return None
    return found if isinstance(found, StageRecord) else None
