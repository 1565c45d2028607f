"""Finding what to show: the models of a population, everybody first, head before its references."""

from __future__ import annotations

from wardround.disclosure.published import Cohort, GroupChange, GroupView, Published
from wardround.values import Population

POPULATIONS = (Population.NEW_SUBJECTS.value, Population.ALL_COMERS.value)
_ORDER = {"base": 0, "anchor": 1, "head": 2}


def everybody(published: Published, population: str) -> dict[str, GroupView]:
    """By role, the whole population as each model sees it; the head last, so that it is drawn on top. Empty if withheld."""
    cohort = published.cohort(population)
    found: dict[str, GroupView] = {}
    for model in sorted(cohort.models if cohort else (), key=lambda model: _ORDER.get(model.role, 0)):
        group = model.group("all")
        if group is not None and not group.withheld:
            found[model.role] = group
    return found


def head_cohort(published: Published, population: str) -> Cohort | None:
    """Where the head is compared with the base on its own test set, if that is shown."""
    versus = published.versus("base")
    cohort = versus.cohort(population) if versus else None
    return cohort if cohort is not None and not cohort.withheld else None


def change(published: Published, population: str, group: str = "all") -> GroupChange | None:
    """The differences of one group against the base."""
    cohort = head_cohort(published, population)
    return cohort.change(group) if cohort else None
