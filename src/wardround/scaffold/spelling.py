"""How the numbers of a column are written, from how often each form occurs in it and in the file's other columns.

``1,234`` is 1234 in one country and 1.234 in another. What the column itself shows decides (``0,5``, ``1,234.5``), then what all
other columns show together; where these show nothing, or both, nothing is guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from wardround.tables import Numeral

#: A column is of a form when at least this share of its numbers is; as for kinds of columns.
_MOSTLY = 0.99
_SIGNED = re.compile(r"(?:([$€£])[ \u00a0\u202f]?)?([+-]?[\d.,'’ \u00a0\u202f]*\d)(?:[ \u00a0\u202f]?([%$€£]))?")
_BLANKS = "[ \u00a0\u202f]"
#: The first that fits names a text. ``either``: 1,234 and ``dotted``: 1.234, which a column alone cannot tell apart.
_FORMS = {
    "plain": r"[+-]?\d+",
    "dotted": r"[+-]?[1-9]\d{0,2}\.\d{3}",
    "point": r"[+-]?\d*\.\d+",
    "either": r"[+-]?[1-9]\d{0,2},\d{3}",
    "comma": r"[+-]?\d*,\d+",
    "commas": r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?",
    "points": r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d+)?",
    "blanks": rf"[+-]?\d{{1,3}}(?:{_BLANKS}\d{{3}})+",
    "blanks comma": rf"[+-]?\d{{1,3}}(?:{_BLANKS}\d{{3}})+,\d+",
    "blanks point": rf"[+-]?\d{{1,3}}(?:{_BLANKS}\d{{3}})+\.\d+",
    "ticks": r"[+-]?\d{1,3}(?:['’]\d{3})+",
    "ticks comma": r"[+-]?\d{1,3}(?:['’]\d{3})+,\d+",
    "ticks point": r"[+-]?\d{1,3}(?:['’]\d{3})+\.\d+",
}
_PATTERNS = {name: re.compile(pattern) for name, pattern in _FORMS.items()}
_COMMA = ("comma", "points", "blanks comma", "ticks comma")
_POINT = ("point", "commas", "blanks point", "ticks point")


@dataclass
class Forms:
    """How many cells of a column have each form of a number, and how many have each sign beside it."""

    counts: Counter[str] = field(default_factory=Counter)
    signs: Counter[str] = field(default_factory=Counter)

    def add(self, texts: pd.Series, counts: NDArray[np.int64]) -> None:
        """Adds texts that are no plain number (n,), and how often each occurs (n,)."""
        for text, count in zip(texts, counts, strict=True):
            match = _SIGNED.fullmatch(text)
            if match is None or (match[1] and match[3]):
                continue
            form = next((name for name, pattern in _PATTERNS.items() if pattern.fullmatch(match[2])), None)
            if form is not None:
                self.counts[form] += int(count)
                self.signs[match[1] or match[3] or ""] += int(count)

    @property
    def total(self) -> int:
        """All cells that have such a form."""
        return sum(self.counts.values())

    def plus(self, **plain: int) -> Forms:
        """The same with the column's plain numbers, by form."""
        return Forms(self.counts + Counter(plain), self.signs + Counter({"": sum(plain.values())}))


@dataclass(frozen=True)
class Spelling:
    """A column's notation and what decided, or (``unclear``) why there is none: its numbers can be read in two ways."""

    numeral: Numeral | None = None
    unclear: bool = False
    why: str = ""


def spellings(forms: Mapping[str, Forms]) -> dict[str, Spelling]:
    """For each column of numbers, by name, how it is written; columns of plain numbers are left out."""
    own = {name: _decimal(item) for name, item in forms.items()}
    votes = {decimal for decimal in own.values() if decimal in (",", ".")}
    file = (*votes, "")[0] if len(votes) < 2 else "?"
    found = {}
    for name, item in forms.items():
        spelling = _spelling(item, own[name], file)
        if spelling is not None:
            found[name] = spelling
    return found


def _decimal(forms: Forms) -> str:
    """What stands before the decimals of nearly all of a column's numbers; empty: the column does not show it."""
    comma, point = (sum(forms.counts[name] for name in names) for names in (_COMMA, _POINT))
    if not comma + point:
        return ""
    most = max(comma, point)
    if most < _MOSTLY * (comma + point):
        return "?"
    return "," if comma == most else "."


def _spelling(forms: Forms, own: str, file: str) -> Spelling | None:
    counts, total = forms.counts, forms.total
    sign, signed = max(forms.signs.items(), key=lambda item: item[1], default=("", 0))
    if own == "?":
        return Spelling(unclear=True, why="some of its numbers have decimal commas, others decimal points")
    if signed < _MOSTLY * total:
        return Spelling(unclear=True, why="some of its numbers carry a sign of percent or money, others do not")
    either, dotted = counts["either"], counts["dotted"]
    decided_here = bool(own)
    decimal = own or file
    if decimal in ("", "?") and either:
        return Spelling(
            unclear=True,
            why="its commas stand before three digits, so they may be decimal commas or stand between thousands"
            + (", and other columns have both decimal commas and points" if decimal else ""),
        )
    decimal = "." if decimal in ("", "?") else decimal
    thousands = _thousands(counts, decimal)
    numeral = Numeral(decimal, thousands, sign)
    if not sign and total == counts["plain"] + counts["point"] + (counts["dotted"] if decimal == "." else 0):
        return None
    told = "" if decided_here or not (either or dotted) else ", as the file's other columns are"
    return Spelling(numeral, why=_said(numeral) + told)


def _thousands(counts: Counter[str], decimal: str) -> str:
    if any(counts[name] for name in ("blanks", "blanks comma", "blanks point")):
        return " "
    if any(counts[name] for name in ("ticks", "ticks comma", "ticks point")):
        return "'"
    if decimal == ",":
        return "." if counts["points"] or counts["dotted"] else ""
    return "," if counts["commas"] or counts["either"] else ""


def _said(numeral: Numeral) -> str:
    words = ["decimal commas"] if numeral.decimal == "," else []
    if numeral.thousands:
        words.append(
            {",": "commas", ".": "points", " ": "blanks", "'": "apostrophes"}[numeral.thousands] + " between thousands"
        )
    if numeral.sign:
        words.append(f"the sign {numeral.sign}")
    return "written with " + " and ".join(words)


def respelt(
    batches: Iterable[pa.RecordBatch], names: tuple[str, ...], numerals: Mapping[str, Numeral]
) -> Iterator[pa.RecordBatch]:
    """Text batches with the numbers of those columns in plain notation; one that is not of its column's is no number any more."""
    for batch in batches:
        yield pa.RecordBatch.from_arrays(
            [
                numerals[name].plain(pa.compute.ascii_trim_whitespace(array), unfit=" (another notation)")
                if name in numerals
                else array
                for name, array in zip(names, batch.columns, strict=True)
            ],
            names=list(names),
        )
