"""Tags of the forge's repository: its references now, and the objects that are not known yet."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from wardround.forge.errors import Refused
from wardround.forge.protocol import Forge
from wardround.forge.released import TagReference, TagSpec
from wardround.registry.grammar import meant_for
from wardround.registry.tags import Tag, unsigned


class ForgeTags:
    """The tags of the project ``name`` on the forge. ``known`` are tags of a clone, so that their objects need not be asked for.

    The forge says who makes a tag and when; ``clock`` is only compared with the tags that are there.
    """

    def __init__(
        self,
        forge: Forge,
        name: str,
        known: Iterable[Tag] = (),
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._forge = forge
        self._name = name
        self._clock = clock
        self._sleep = sleep
        self._objects = {tag.object: tag for tag in known if tag.annotated}

    def tags(self) -> tuple[Tag, ...]:
        """The tags as they are now."""
        found = self._forge.tag_references(self._name)
        tags = [self._tag(item) for item in found if meant_for(item.name) == self._name]
        return tuple(sorted(tags, key=lambda tag: tag.name))

    def now(self) -> int:
        """The time, in seconds since 1970."""
        return int(self._clock())

    def wait(self, seconds: float) -> None:
        """Lets time pass."""
        self._sleep(seconds)

    def make(self, name: str, target: str, text: str, moment: int) -> bool:  # noqa: ARG002 - the forge's own clock dates it
        """Makes the tag; False when the name is taken. Raises :class:`Refused` when the forge's rules say no."""
        try:
            self._forge.annotated_tag(TagSpec(name, target, text))
        except Refused:
            if self._forge.tag(name) is None:
                raise
            return False
        return True

    def _tag(self, item: TagReference) -> Tag:
        if item.kind != "tag":
            return Tag(item.name, item.object, item.object, item.kind)
        if item.object not in self._objects:
            made = self._forge.tag_object(item.object)
            moment = dt.datetime.fromisoformat(made.date) if made.date else None
            self._objects[item.object] = Tag(
                name=item.name,
                object=item.object,
                target=made.target,
                target_kind=made.kind,
                annotated=True,
                inner=made.name,
                tagger=made.tagger,
                email=made.email,
                time=None if moment is None else int(moment.timestamp()),
                message=unsigned(made.message),
            )
        return replace(self._objects[item.object], name=item.name)
