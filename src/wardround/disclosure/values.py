"""The smallest published values: why something is withheld, counts and quantities, and the key that makes them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from enum import StrEnum
from typing import Any, Final


class Key:
    """What a constructor of this module asks for; the package's own is :data:`KEY`."""


#: For modules of this package only; a test looks for other uses.
KEY: Final = Key()


class Why(StrEnum):
    """Why a number is not shown. The words stand in reports, and do not tell which of several counts was small."""

    SHOWN = ""
    #: The count, or one that it is made of, is small; or it would reveal another that is.
    SMALL = "withheld: small numbers"
    #: The same encounters, nearly, are shown elsewhere: the difference would be a small number.
    NEARLY_SHOWN = "withheld: nearly the same encounters are shown elsewhere"
    #: At the stated precision the number would leave no room for the people it must hide.
    PRECISE = "withheld: too precise for the size of the group"
    NOT_ASSESSED = "not assessed: too few encounters or events"
    UNDEFINED = "not defined here"
    #: The auditing program could not prove in its time that it is safe.
    UNPROVEN = "withheld: not proven safe"


@dataclass(frozen=True)
class Disclosed:
    """Base of all published values. ``key`` must be the package's own."""

    key: InitVar[Key]

    def __post_init__(self, key: Key) -> None:
        """Refuses to be built by anything but the package.

        Raises:
            TypeError: with another key.
        """
        if key is not KEY:
            msg = f"{type(self).__name__} values are made by wardround.disclosure alone"
            raise TypeError(msg)

    def plain(self) -> dict[str, Any]:
        """The value as JSON types, fields in declared order."""
        return {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}


def _plain(value: Any) -> Any:
    if isinstance(value, Disclosed):
        return value.plain()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    return str(value) if isinstance(value, StrEnum) else value


@dataclass(frozen=True)
class Count(Disclosed):
    """A number of encounters, events or subjects, rounded to the next multiple of 10 (halves up); or why it is withheld."""

    value: int | None
    withheld: Why = Why.SHOWN

    @property
    def shown(self) -> bool:
        """Whether there is a number."""
        return self.value is not None

    def __str__(self) -> str:
        return f"{self.value:,}" if self.value is not None else str(self.withheld)


@dataclass(frozen=True)
class Quantity(Disclosed):
    """A statistic with its two-sided 95 % interval at ``decimals`` decimals; or why it is withheld.

    ``origin`` is ``table`` (computed from the published, rounded table alone), ``scores`` (from full-precision evidence,
    then rounded) or ``parameter`` (a number that somebody wrote, not a patient's). The interval may be withheld alone
    (``low`` and ``high`` None, ``interval_withheld`` says why).
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    decimals: int = 2
    withheld: Why = Why.SHOWN
    interval_withheld: Why = Why.SHOWN
    origin: str = "table"

    @property
    def shown(self) -> bool:
        """Whether there is a number."""
        return self.value is not None

    def number(self, value: float | None, *, sign: bool = False) -> str:
        """One number as reports write it; empty when there is none. Minus zero is zero."""
        if value is None:
            return ""
        value = round(value, self.decimals) + 0.0
        return f"{value:{'+' if sign else ''}.{self.decimals}f}"

    def __str__(self) -> str:
        if self.value is None:
            return str(self.withheld)
        if self.low is None or self.high is None:
            return self.number(self.value)
        return f"{self.number(self.value)} ({self.number(self.low)} to {self.number(self.high)})"
