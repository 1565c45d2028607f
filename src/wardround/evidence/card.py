"""Evidence of the card: what is lacking for which form, and which numbers are not the evidence's."""

from __future__ import annotations

from typing import ClassVar

from wardround.evidence.base import Evidence, Frozen


class Incomplete(Frozen):
    """A form, and the fields of ``governance/card.yaml`` that it needs and nobody has written."""

    profile: str
    fields: tuple[str, ...]


class Stale(Frozen):
    """A place with a number that is not this evidence's; never the number itself."""

    where: str
    what: str


class CardCheck(Evidence):
    """What the review makes of the head's card. ``there`` is false without ``governance/card.yaml``; ``problem`` says why it cannot be read.

    ``lost``: the base has a card and the head has none.
    """

    KIND: ClassVar[str] = "card"

    there: bool
    lost: bool = False
    problem: str = ""
    incomplete: tuple[Incomplete, ...] = ()
    stale: tuple[Stale, ...] = ()

    def lacking(self, profile: str) -> tuple[str, ...]:
        """The fields that a form lacks."""
        return next((item.fields for item in self.incomplete if item.profile == profile), ())
