"""What the cells of one column look like, gathered from distinct texts and their counts, batch by batch."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wardround.scaffold import codes
from wardround.scaffold.spelling import Forms

#: Distinct texts that are kept exactly; a column with more is described by its facts alone. Project choice.
MOST_LEVELS = 20_000
#: Distinct odd texts that are kept: those that are no number in a column of numbers, no date in one of dates.
_MOST_ODD = 2_000
#: Above this, 64-bit integers end and the digits are an identifier.
_LONGEST_INTEGER = 18

#: Date layouts by name: pattern of the day, and pandas' format of it. A time of day may follow. Ingest reads the same ones.
DATE_LAYOUTS: dict[str, str] = {
    "%Y-%m-%d": r"\d{4}-\d{2}-\d{2}",
    "%Y/%m/%d": r"\d{4}/\d{1,2}/\d{1,2}",
    "%d.%m.%Y": r"\d{1,2}\.\d{1,2}\.\d{4}",
    "%d/%m/%Y": r"\d{1,2}/\d{1,2}/\d{4}",
    "%m/%d/%Y": r"\d{1,2}/\d{1,2}/\d{4}",
    "%d-%m-%Y": r"\d{1,2}-\d{1,2}-\d{4}",
    "%m-%d-%Y": r"\d{1,2}-\d{1,2}-\d{4}",
    "%d-%b-%Y": r"\d{1,2}-[A-Za-z]{3}-\d{4}",
    "%d%b%Y": r"\d{1,2}[A-Za-z]{3}\d{4}",
    "%Y%m%d": r"(?:19|20)\d{6}",
}
#: Layouts that a column can only tell apart by a number above twelve.
UNCLEAR = ({"%d/%m/%Y", "%m/%d/%Y"}, {"%d-%m-%Y", "%m-%d-%Y"})
_CLOCK = r"(?:[T :]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?(?:Z|[+-]\d{2}:?\d{2})?)?"
_MIDNIGHT = r".*[T :]0{1,2}:00(?::00(?:\.0+)?)?(?:Z|[+-]\d{2}:?\d{2})?"
#: The beginnings of all layouts in one pattern: most columns hold no day, and one look at each text must tell.
_LIKE_A_DAY = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d|\d{1,2}([-./])\d{1,2}\1\d{4}|\d{1,2}-?[A-Za-z]{3}-?\d{4}|\d{8}(?!\d)")


@dataclass
class Layout:
    """How many cells one date layout reads, and their first and last day."""

    count: int = 0
    with_time: int = 0
    low: pd.Timestamp | None = None
    high: pd.Timestamp | None = None


@dataclass
class Numbers:
    """Cells that are numbers: how written, how spread. ``low`` and ``high`` leave possible codes out."""

    count: int = 0
    whole: int = 0
    #: Whole numbers written without a decimal point.
    plain: int = 0
    leading_zero: int = 0
    too_long: int = 0
    #: Texts such as 10.761, which are 10761 where commas are decimal.
    dotted: int = 0
    #: Numbers as people write them, such as 1.234,5 or 45 %; none of them is counted above.
    forms: Forms = field(default_factory=Forms)
    low: float = float("inf")
    high: float = float("-inf")
    #: Smallest number above zero, codes left out: shows whether a zero stands alone.
    least_positive: float = float("inf")
    #: Text -> count, for each spelling of a number that may be a code, and of zero.
    candidates: Counter[str] = field(default_factory=Counter)


@dataclass
class Facts:
    """Sums over all cells. ``blank`` counts empty cells and nulls, ``words`` the texts that say *missing*."""

    rows: int = 0
    blank: int = 0
    words: Counter[str] = field(default_factory=Counter)
    numbers: Numbers = field(default_factory=Numbers)
    odd: Counter[str] = field(default_factory=Counter)
    odd_count: int = 0
    layouts: dict[str, Layout] = field(default_factory=dict)
    days: Counter[str] = field(default_factory=Counter)
    characters: int = 0
    sentences: int = 0

    @property
    def filled(self) -> int:
        """Cells that hold something other than a word for *missing*."""
        return self.rows - self.blank - sum(self.words.values())

    def add(self, texts: NDArray[np.object_], counts: NDArray[np.int64]) -> None:
        """Adds distinct texts (n,), none of them blank, and how often each occurs (n,)."""
        stripped = np.array([text.strip() for text in texts], dtype=object)
        is_word = np.array(
            [codes.is_word(text, categorical=False) or text == codes.SIGN for text in stripped], dtype=bool
        )
        for text, count in zip(stripped[is_word], counts[is_word], strict=True):
            self.words[text] += int(count)
        texts, counts = stripped[~is_word], counts[~is_word]
        if not len(texts):
            return
        series = pd.Series(texts, dtype=str)
        lengths = series.str.len().to_numpy()
        self.characters += int((lengths * counts).sum())
        self.sentences += int(counts[(series.str.count(" ") >= 3).to_numpy() & (lengths > 25)].sum())
        numeric = self._add_numbers(series, counts)
        self._add_days(series, counts)
        self._add_odd(texts[~numeric], counts[~numeric])

    def _add_numbers(self, series: pd.Series, counts: NDArray[np.int64]) -> NDArray[np.bool_]:
        parsed = pd.to_numeric(series, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        numeric: NDArray[np.bool_] = np.isfinite(parsed)
        self.numbers.forms.add(series[~numeric], counts[~numeric])
        if not numeric.any():
            return numeric
        texts, values, held = series[numeric], parsed[numeric], counts[numeric]
        found = self.numbers
        found.count += int(held.sum())
        found.whole += int(held[values == np.floor(values)].sum())
        found.plain += int(held[texts.str.fullmatch(r"[+-]?\d+").to_numpy(dtype=bool)].sum())
        found.dotted += int(held[texts.str.fullmatch(r"-?[1-9]\d{0,2}\.\d{3}").to_numpy(dtype=bool)].sum())
        found.leading_zero += int(held[texts.str.fullmatch(r"0\d+").to_numpy(dtype=bool)].sum())
        found.too_long += int(held[(texts.str.len() > _LONGEST_INTEGER).to_numpy() & (np.abs(values) > 1e18)].sum())
        code = np.isin(values, list(codes.NUMBERS))
        for text, count in zip(texts[code | (values == 0)], held[code | (values == 0)], strict=True):
            found.candidates[text] += int(count)
        real = values[~code]
        if len(real):
            found.low, found.high = min(found.low, float(real.min())), max(found.high, float(real.max()))
            positive = real[real > 0]
            if len(positive):
                found.least_positive = min(found.least_positive, float(positive.min()))
        return numeric

    def _add_days(self, series: pd.Series, counts: NDArray[np.int64]) -> None:
        like = np.array([_LIKE_A_DAY.match(text) is not None for text in series], dtype=bool)
        if not like.any():
            return
        series, counts = series[like], counts[like]
        strange = np.array(
            [codes.is_impossible_day(text) or codes.is_unlikely_day(text) for text in series], dtype=bool
        )
        for text, count in zip(series[strange], counts[strange], strict=True):
            self.days[text] += int(count)
        series, counts = series[~strange], counts[~strange]
        for name, pattern in DATE_LAYOUTS.items():
            parts = series.str.extract(f"^({pattern})({_CLOCK})$")
            parsed = pd.to_datetime(parts[0], format=name, errors="coerce")
            good = parsed.notna().to_numpy()
            if not good.any():
                continue
            clocked = (
                good & (parts[1].fillna("") != "").to_numpy() & ~series.str.fullmatch(_MIDNIGHT).to_numpy(dtype=bool)
            )
            item = self.layouts.setdefault(name, Layout())
            item.count += int(counts[good].sum())
            item.with_time += int(counts[clocked].sum())
            low, high = parsed.min(), parsed.max()
            item.low = low if item.low is None else min(item.low, low)
            item.high = high if item.high is None else max(item.high, high)

    def _add_odd(self, texts: NDArray[np.object_], counts: NDArray[np.int64]) -> None:
        self.odd_count += int(counts.sum())
        for text, count in zip(texts, counts, strict=True):
            if text in self.odd or len(self.odd) < _MOST_ODD:
                self.odd[text] += int(count)


def days_of(texts: pd.Series, layout: str) -> pd.Series:
    """The days (n,) that texts in a layout say, without their time of day; NaT where they say none."""
    day = texts.astype(object).astype(str).str.extract(f"^({DATE_LAYOUTS[layout]})(?:{_CLOCK})$")[0]
    return pd.to_datetime(day, format=layout, errors="coerce")
