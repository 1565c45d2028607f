"""Disguised missing values of one column: which texts are codes, in the light of everything else in the column."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wardround.scaffold import codes
from wardround.scaffold.facts import Facts
from wardround.scaffold.outcome import number


@dataclass(frozen=True)
class Codes:
    """Texts that mean *missing*, how many cells hold them, the reasons, and the numbers' limits without them."""

    texts: tuple[str, ...]
    count: int
    why: tuple[str, ...] = ()
    low: float = float("inf")
    high: float = float("-inf")


def in_levels(facts: Facts, levels: set[str]) -> Codes:
    """Codes of a categorical or text column. Words such as ``None`` stay: *not measured* is information."""
    found = [
        text
        for text in facts.words
        if codes.is_word(text, categorical=True) or (text == codes.SIGN and not levels & {"+", "++", "+/-"})
    ]
    kept = sorted(set(facts.words) - set(found))
    why = _named(found)
    if codes.SIGN in kept:
        kept.remove(codes.SIGN)
        why += ("'-' kept: beside '+' it is a sign",)
    if kept:
        why += (f"{_quoted(kept)} kept as a level of its own: it says that nothing was measured or none applies",)
    return Codes(tuple(sorted(found)), sum(facts.words[text] for text in found), why)


def in_numbers(facts: Facts, *, zero_is_missing: bool, min_cell: int) -> Codes:
    """Codes of a column of numbers: words, numbers far from all others, and zero where nobody living has it."""
    numbers = facts.numbers
    low, high = numbers.low, numbers.high
    words = sorted(facts.words)
    why = _named(words)
    chosen: list[str] = []
    candidates = {text: number(text) for text in numbers.candidates}
    negatives = {value for value in candidates.values() if value < 0}
    for value in sorted(set(candidates.values()), key=abs):
        texts = sorted(text for text, item in candidates.items() if item == value)
        count = sum(numbers.candidates[text] for text in texts)
        if value == 0:
            if zero_is_missing:
                chosen += texts
                why += ("0 is physiologically impossible here, so it means missing",)
                low = numbers.least_positive
        elif _far(value, (low, high), negatives, often=count >= min_cell):
            chosen += texts
            why += (f"{value:g} lies far from all other values, so it means missing",)
        else:
            low, high = min(low, value), max(high, value)
    together = tuple(sorted({*words, *chosen}))
    count = sum(facts.words.values()) + sum(numbers.candidates[text] for text in chosen)
    return Codes(together, count, why, low, high)


def with_remarks(found: Codes, facts: Facts, remarks: tuple[str, ...]) -> Codes:
    """Codes of a column of numbers, with texts that are no number."""
    if not remarks:
        return found
    return replace(
        found,
        texts=tuple(sorted({*found.texts, *remarks})),
        count=found.count + sum(facts.odd[text] for text in remarks),
        why=(
            *found.why,
            f"{_quoted(list(remarks))} {'is' if len(remarks) == 1 else 'are'} no number: taken as missing",
        ),
    )


def in_days(facts: Facts) -> Codes:
    """Codes of a column of dates: words, impossible days, and customary fillers more than ten years before or after the rest."""
    import pandas as pd

    lows = [item.low for item in facts.layouts.values() if item.low is not None]
    highs = [item.high for item in facts.layouts.values() if item.high is not None]
    found = []
    for text in facts.days:
        day = pd.to_datetime(codes.day_of(text), format="%Y-%m-%d", errors="coerce")
        far = not lows or pd.isna(day) or (min(lows) - day).days > 3652 or (day - max(highs)).days > 3652
        if codes.is_impossible_day(text) or far:
            found.append(text)
    words = sorted({*facts.words, *found})
    shown = sorted({codes.day_of(text) for text in found})
    why = _named(sorted(facts.words)) + (
        (f"{_quoted(shown)} is no real day here, so it means missing",) if shown else ()
    )
    count = sum(facts.words.values()) + sum(facts.days[text] for text in found)
    return Codes(tuple(words), count, why)


def suspicious_zero(facts: Facts, median: float) -> bool:
    """Whether zeros stand apart from all other values, which begin at more than half the median: perhaps missing values."""
    numbers = facts.numbers
    zeros = sum(count for text, count in numbers.candidates.items() if number(text) == 0)
    return bool(zeros and numbers.low == 0 and median > 0 and numbers.least_positive > max(0.5 * median, 5))


def _far(value: float, others: tuple[float, float], negatives: set[float], *, often: bool) -> bool:
    """Whether a customary code lies apart from the lowest and highest other value; ``often``: it is no single slip."""
    low, high = others
    if value < 0:
        small = {-1.0, -2.0, -3.0}
        return low >= 0 and not (high <= 1 and value == -1) and not small <= negatives
    return high > 0 and value > 1.5 * high and (value >= 5 * high or often)


def _named(texts: list[str]) -> tuple[str, ...]:
    return (f"{_quoted(texts)} means missing",) if texts else ()


def _quoted(texts: list[str]) -> str:
    return ", ".join(repr(text) for text in texts)
