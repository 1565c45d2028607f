"""Making the tag of a stage where tags are kept, unless somebody who is further on has made one meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.registry import tags
from wardround.registry.fold import fold
from wardround.registry.local import LocalTags
from wardround.registry.remote import ForgeTags
from wardround.registry.writing import NewStage, Place, write_stage

if TYPE_CHECKING:
    from pathlib import Path

    from wardround.forge.protocol import Forge
    from wardround.registry.entries import Assignment
    from wardround.registry.tags import Tag


def place_of(forge: Forge | None, top: Path, name: str) -> Place:
    """Where the tags of the project ``name`` are: on the forge, or without one in this repository."""
    return LocalTags(top) if forge is None else ForgeTags(forge, name, tags.read(top))


@dataclass(frozen=True)
class Merged:
    """A stage's tag to have for a merged change. ``older`` are the default branch's commits before it."""

    name: str
    new: NewStage
    older: frozenset[str]


def assign(place: Place, merged: Merged) -> Assignment | None:
    """The tag, made now or before; None when the stage has a tag of a later change, or of a break-glass since then."""
    try:
        return write_stage(_Watched(place, merged), merged.name, merged.new)
    except _Overtaken:
        return None


class _Overtaken(Exception):
    """A later tag is there."""


@dataclass(frozen=True)
class _Watched:
    """A place that looks, each time its tags are read, whether another tag of the stage is further on than the one to be made."""

    place: Place
    merged: Merged

    def tags(self) -> tuple[Tag, ...]:
        """The tags as they are now; raises :class:`_Overtaken`."""
        found = self.place.tags()
        new = self.merged.new
        records = [item.record for item in fold(found, self.merged.name).assignments if item.stage == new.stage]
        if new.record not in records and any(record.commit not in self.merged.older for record in records):
            raise _Overtaken
        return found

    def make(self, name: str, target: str, text: str, moment: int) -> bool:
        """Makes a tag."""
        return self.place.make(name, target, text, moment)

    def now(self) -> int:
        """The time, in seconds since 1970."""
        return self.place.now()

    def wait(self, seconds: float) -> None:
        """Lets time pass."""
        self.place.wait(seconds)
