"""The headline measure in every group of new patients: what the forest plot, its chart and its table show."""

from __future__ import annotations

from dataclasses import dataclass

from wardround.disclosure.published import Published, Quantity
from wardround.report import pick
from wardround.values import Population


@dataclass(frozen=True)
class Line:
    """One group: the quantity that is drawn, or the word for why it is not."""

    label: str
    value: Quantity | None
    word: str
    heading: str = ""


def lines(published: Published) -> tuple[Line, ...]:
    """Everybody first, then the groups in the declared order. Differences where there are any, else the head's AUROC."""
    cohort = pick.head_cohort(published, Population.NEW_SUBJECTS.value)
    found: list[Line] = []
    if cohort is not None and cohort.changes:
        for change in cohort.changes:
            difference = change.of("auroc")
            value = difference.difference if difference and not change.withheld else None
            found.append(_line(change.column, change.level, value, change.withheld))
        return tuple(found)
    own = published.cohort(Population.NEW_SUBJECTS.value)
    model = own.model("head") if own else None
    groups = model.groups if model else ()
    return tuple(_line(group.column, group.level, group.measures.get("auroc"), group.withheld) for group in groups)


def compares(published: Published) -> bool:
    """Whether the lines are differences (and not AUROCs)."""
    cohort = pick.head_cohort(published, Population.NEW_SUBJECTS.value)
    return cohort is not None and bool(cohort.changes)


def _line(column: str, level: str, value: Quantity | None, withheld: str) -> Line:
    shown = value if value is not None and value.shown else None
    word = (
        "" if shown else str(withheld or (value.withheld if value is not None else "")).partition(":")[0] or "not shown"
    )
    return Line(level if column else "Everybody", shown, word, column)
