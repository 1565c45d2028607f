"""What JSON types must look like to be read: nothing is guessed, converted or left out.

A whole number may stand where a fraction is wanted, and nothing else may stand for another
type (true is no number). NaN and infinities are refused. Every text and list has a longest length.

Problems name a place by its known keys and never quote what was read: content that nobody has checked is not shown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

#: Problems that are told; reading stops after so many.
PROBLEMS = 5
#: No number of a publication is as large: beyond it arithmetic and drawings lose their meaning.
LARGEST = 10**9

T = TypeVar("T")
Make = Callable[[type, Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Checked(Generic[T]):
    """What reading gave: a value, or the reason why there is none. Never both, never neither."""

    value: T | None
    reason: str = ""


class Malformed(Exception):
    """What was read is not what was asked for. ``problems`` name places, never content."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass
class Found:
    """The problems so far."""

    problems: list[str] = field(default_factory=list)

    def add(self, place: str, wanted: str) -> None:
        """Notes one problem; raises :class:`Malformed` when there are enough."""
        self.problems.append(f"{place or 'the whole file'}: {wanted}")
        if len(self.problems) >= PROBLEMS:
            raise Malformed(self.problems)


class Shape(Protocol):
    """What a value must look like."""

    def read(self, value: Any, place: str, found: Found) -> Any:
        """The value as the type that it stands for; notes problems in ``found`` and then gives anything."""


@dataclass(frozen=True)
class Text:
    """A text: of at most ``longest`` characters, one ``among`` these words if there are any, matching all of ``pattern``."""

    longest: int = 4_000
    among: tuple[str, ...] = ()
    pattern: str = ""
    kind: type[str] = str

    def read(self, value: Any, place: str, found: Found) -> Any:
        """The text, or the member of an enumeration."""
        if type(value) is not str:
            return found.add(place, "must be text")
        if len(value) > self.longest:
            return found.add(place, f"is longer than {self.longest:,} characters")
        if self.among and value not in self.among:
            return found.add(place, "is none of the words that may stand here")
        if self.pattern and not re.fullmatch(self.pattern, value):
            return found.add(place, "does not have the form that it must have")
        if any("\ud800" <= char <= "\udfff" for char in value):
            return found.add(place, "holds half a character")
        return self.kind(value)


@dataclass(frozen=True)
class Number:
    """A finite number between two others; ``whole`` ones are no fractions."""

    whole: bool = False
    least: float = -LARGEST
    most: float = LARGEST

    def read(self, value: Any, place: str, found: Found) -> Any:
        """The number; as a float unless it is whole."""
        if type(value) is not int and (self.whole or type(value) is not float):
            return found.add(place, "must be a whole number" if self.whole else "must be a number")
        if not math.isfinite(value) if type(value) is float else False:
            return found.add(place, "must be a finite number")
        if not self.least <= value <= self.most:
            return found.add(place, "is too large or too small")
        return value if self.whole else float(value)


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def read(self, value: Any, place: str, found: Found) -> Any:
        """The flag."""
        return value if type(value) is bool else found.add(place, "must be true or false")


@dataclass(frozen=True)
class Maybe:
    """The shape, or null."""

    shape: Shape

    def read(self, value: Any, place: str, found: Found) -> Any:
        """What is there, if anything is."""
        return None if value is None else self.shape.read(value, place, found)


@dataclass(frozen=True)
class Listed:
    """A list of one shape, of at most ``longest`` items."""

    shape: Shape
    longest: int = 2_000

    def read(self, value: Any, place: str, found: Found) -> Any:
        """A tuple."""
        if type(value) is not list:
            return found.add(place, "must be a list")
        if len(value) > self.longest:
            return found.add(place, f"holds more than {self.longest:,} items")
        return tuple(self.shape.read(item, f"{place}[{index}]", found) for index, item in enumerate(value))


@dataclass(frozen=True)
class Row:
    """A list with one item of each shape."""

    shapes: tuple[Shape, ...]

    def read(self, value: Any, place: str, found: Found) -> Any:
        """A tuple."""
        if type(value) is not list or len(value) != len(self.shapes):
            return found.add(place, f"must be a list of {len(self.shapes)}")
        pairs = enumerate(zip(self.shapes, value, strict=True))
        return tuple(shape.read(item, f"{place}[{index}]", found) for index, (shape, item) in pairs)


@dataclass(frozen=True)
class Named:
    """An object of one shape by names that are texts."""

    name: Text
    shape: Shape
    longest: int = 200

    def read(self, value: Any, place: str, found: Found) -> Any:
        """A dictionary. A place below it says which entry by number, because names are content."""
        if type(value) is not dict:
            return found.add(place, "must be an object")
        if len(value) > self.longest:
            return found.add(place, f"holds more than {self.longest:,} entries")
        read = {}
        for index, (name, item) in enumerate(value.items()):
            at = f"{place}[{index}]"
            read[self.name.read(name, f"the name of {at}", found)] = self.shape.read(item, at, found)
        return read


@dataclass(frozen=True)
class Record:
    """An object that is a dataclass, made by ``make``."""

    kind: type
    fields: Mapping[str, Shape]
    make: Make

    def read(self, value: Any, place: str, found: Found) -> Any:
        """The dataclass. Unknown keys are counted, not named."""
        if type(value) is not dict:
            return found.add(place, "must be an object")
        unknown = len(value.keys() - self.fields.keys())
        if unknown:
            found.add(place, f"holds {unknown} unknown key{'s' if unknown > 1 else ''}")
        parts, before = {}, len(found.problems)
        for name, shape in self.fields.items():
            at = f"{place}.{name}" if place else name
            if name in value:
                parts[name] = shape.read(value[name], at, found)
            else:
                found.add(at, "is missing")
        return None if len(found.problems) > before else self.make(self.kind, parts)
