"""Who has the event: the outcome's value or comparison, and which encounters are not eligible."""

from __future__ import annotations

import math
import operator
import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wardround.scaffold import codes

_COMPARISON = re.compile(r"\s*(>=|<=|==|!=|>|<|=)\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*")
_OPERATORS = {
    ">=": operator.ge, "<=": operator.le, "==": operator.eq, "=": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt,
}  # fmt: skip


def number(text: str) -> float:
    """The number that a text says, NaN if none."""
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def same(text: str, wanted: str) -> bool:
    """Whether a cell holds the wanted value: the same text, or the same number (``1`` and ``1.0``), or the same truth."""
    text = text.strip()
    return (
        text == wanted or number(text) == number(wanted) or (text.lower() in _TRUTHS and text.lower() == wanted.lower())
    )


_TRUTHS = frozenset({"true", "false"})


@dataclass(frozen=True)
class Label:
    """The outcome's column and the value or comparison that is the event."""

    column: str
    positive: str

    @property
    def comparison(self) -> tuple[str, float] | None:
        """Operator and number, if ``positive`` reads as a comparison."""
        match = _COMPARISON.fullmatch(self.positive)
        return (match[1], float(match[2])) if match else None

    def compares(self, text: str) -> bool:
        """Whether the comparison holds for a cell."""
        assert self.comparison is not None
        sign, limit = self.comparison
        value = number(text)
        return not math.isnan(value) and bool(_OPERATORS[sign](value, limit))


@dataclass
class Labels:
    """How often each outcome occurs among eligible rows.

    ``<30`` may be a comparison, or a level that is written so. A level that occurs in the data wins; so both readings are
    counted until the end.
    """

    label: Label
    levels: Counter[str] = field(default_factory=Counter)
    blank: int = 0
    _codes: dict[str, int] = field(default_factory=dict)

    def add(self, texts: NDArray[np.object_], where: NDArray[np.int8], kept: NDArray[np.bool_]) -> NDArray[np.int8]:
        """Counts a batch and returns, for each row, both readings in one code (n,)."""
        counts = np.bincount(where[kept], minlength=len(texts))
        code = np.zeros(len(texts), np.int8)
        for position, (raw, count) in enumerate(zip(texts, counts, strict=True)):
            text = raw.strip()
            if codes.is_word(text, categorical=True) and text != self.label.positive:
                self.blank += int(count)
                code[position] = -1
                continue
            self.levels[text] += int(count)
            code[position] = int(same(text, self.label.positive))
            if self.label.comparison:
                readable = not math.isnan(number(text))
                code[position] += 2 * (int(self.label.compares(text)) if readable else 2)
        return code[where]

    @property
    def literal(self) -> bool:
        """Whether ``positive`` is a level and not a comparison."""
        wanted = self.label.positive
        return self.label.comparison is None or any(same(text, wanted) for text, count in self.levels.items() if count)

    @property
    def unreadable(self) -> int:
        """Rows whose outcome is neither a number nor a word for *missing*, when a comparison needs numbers."""
        return 0 if self.literal else sum(count for text, count in self.levels.items() if math.isnan(number(text)))

    @property
    def positives(self) -> int:
        """Eligible rows with the event."""
        holds = (lambda text: same(text, self.label.positive)) if self.literal else self.label.compares
        return sum(count for text, count in self.levels.items() if holds(text))

    @property
    def negatives(self) -> int:
        """Eligible rows without it."""
        return sum(self.levels.values()) - self.unreadable - self.positives

    def decode(self, code: NDArray[np.int8]) -> NDArray[np.int8]:
        """1, 0 or -1 (missing) from the codes that :meth:`add` gave."""
        if self.literal:
            return np.where(code < 0, -1, code % 2).astype(np.int8)
        reading = code // 2
        return np.where((code < 0) | (reading > 1), -1, reading).astype(np.int8)


@dataclass
class Exclusion:
    """Values, by column, whose encounters are not eligible; ``seen`` collects those that occur."""

    wanted: dict[str, tuple[str, ...]]
    seen: dict[str, set[str]] = field(default_factory=dict)

    def matches(self, column: str, texts: NDArray[np.object_]) -> NDArray[np.bool_]:
        """Which of the distinct texts (n,) are excluded."""
        found = np.zeros(len(texts), dtype=bool)
        for value in self.wanted[column]:
            hits = np.array([same(text, value) for text in texts], dtype=bool)
            if hits.any():
                self.seen.setdefault(column, set()).add(value)
            found |= hits
        return found
