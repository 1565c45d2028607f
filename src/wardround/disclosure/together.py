"""The audit of a *set* of publications: the new one together with those that are out already about the same people (DESIGN §9.5).

Each is safe alone. Two are not: a cell that one shows whole and the other in two parts is known in parts, and of two nested sets of people
the difference is known. So all tables about the same people, or about people that hold them, are written as one integer program.
What is narrow without the new publication is out and no reason to withhold it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wardround.disclosure.auditing import AuditResult, Budget, examine
from wardround.disclosure.cells import Cells
from wardround.disclosure.earlier import Earlier, People, Table
from wardround.disclosure.knowledge import OTHERS, Knowledge, Target
from wardround.disclosure.program import World, value
from wardround.disclosure.set_knowledge import edges_of, learn
from wardround.disclosure.truth import cells_of
from wardround.evidence.measures import PopulationMeasures

#: How far above a whole number a proven bound must lie to exclude it: far more than the solver's tolerance.
_PROVEN = 1e-3

#: Exact measures by people and model, as far as the evidence at hand has them.
Exact = Mapping[tuple[People, str], PopulationMeasures]


@dataclass(frozen=True)
class Set:
    """The new publication, the earlier ones that matter for it, and the true counts that are known here."""

    new: Earlier
    earlier: tuple[Earlier, ...]
    exact: Exact
    edges: tuple[float, ...]


def matters(new: Earlier, old: Earlier) -> bool:
    """Whether both together may say more than each alone.

    They do not when they share nobody; nor when all that one of them shows of shared people follows from the other: it declares the same
    groups, shows none but those that the other shows, and shared models in bins that are made of the other's. Each of its cells is then a
    sum of the other's, and a plan is safe for a reader who knows those exactly.
    """
    pairs = [(mine, table) for mine in new.tables for table in old.tables if mine.people == table.people]
    return not all(_follows(mine, table) for mine, table in pairs) and not all(
        _follows(table, mine) for mine, table in pairs
    )


def overlap(new: Earlier, old: Earlier) -> bool:
    """Whether one shows people who are certainly a part of those that the other shows.

    Also where both show the same sets of people in one pattern: another model's cells of the one set, between those of the other, can be narrow.
    """
    pairs = ((mine.people, table.people) for mine in new.tables for table in old.tables)
    return any(one.inside(other) or other.inside(one) for one, other in pairs)


def _follows(one: Table, other: Table) -> bool:
    """Whether all counts that the first table shows are sums of what the second one shows."""
    if {view.name for view in one.view.groups} != {view.name for view in other.view.groups}:
        return False  # other levels were declared: what one hides may be what the other shows
    mine, out = ({view.name: view for view in table.view.groups if view.n.shown} for table in (one, other))
    if not {*mine} <= {*out}:
        return False
    return one.model != other.model or all({*edges_of(mine[name])} <= {*edges_of(out[name])} for name in mine)


def contradicts(old: Earlier, exact: Exact) -> bool:
    """Whether a record cannot be about the people that it names: a shown count is not what the evidence rounds to."""
    known: dict[People, PopulationMeasures] = {}
    for (people, _), measures in exact.items():
        known.setdefault(people, measures)
    for table in old.tables:
        for view in table.view.groups if table.people in known else ():
            group = known[table.people].group(view.name)
            for shown, true in ((view.n, group.n), (view.events, group.events)) if group else ():
                if shown.value is not None and not -6 < true - shown.value < 5:
                    return True
    return False


def examine_set(case: Set, budget: Budget | None = None) -> AuditResult:
    """The audit of all together.

    Not counted is what the earlier ones alone make narrow, and a difference that is proven to be large: it may be known.
    """
    known = learn((case.new, *case.earlier))
    truth = _Truth.of(known, case)
    least = case.new.min_cell
    known.targets = [target for target in known.targets if not truth.large(target, least)]
    world = truth.world(known)
    base = truth.counts if world is None else world
    budget = budget or Budget(float("inf"))
    out = _Out(case, budget)

    def spared(target: Target) -> bool:
        asked = target.derived and budget.spend(known.program.variables, known.program.variables)
        large = asked and known.statements.excludes(base, target.terms, least - 1 + _PROVEN)
        return large or out.tells(target)

    return examine(known, least, world, spared=spared, budget=budget)


class _Out:
    """What the earlier publications alone tell."""

    def __init__(self, case: Set, budget: Budget) -> None:
        self.case, self.budget = case, budget

    @cached_property
    def _known(self) -> tuple[Knowledge, World | None, dict[tuple[str, str], Target]]:
        known = learn(self.case.earlier)
        world = _Truth.of(known, self.case).world(known)
        return known, world, {(target.what, target.cohort): target for target in known.targets}

    def tells(self, target: Target) -> bool:
        """Whether it is *proven* that the count is narrow without the new publication: not having found it wide would not do."""
        known, world, targets = self._known
        same = targets.get((target.what, target.cohort))
        if same is None or world is None:
            return False
        cell, statements = self.case.new.min_cell, known.statements
        down = {place: -weight for place, weight in same.terms.items()}
        now = value(same.terms, world)
        for below in range(1, cell + 1):
            if not self.budget.spend(2 * known.program.variables, known.program.variables):
                return False
            if statements.excludes(world, same.terms, now - below + _PROVEN):
                return statements.excludes(world, down, -(now - below + 1 + cell) + _PROVEN)
        return False


@dataclass(frozen=True)
class _Truth:
    """The true counts, as far as they are known here, by the numbers of the unknowns; and the others' numbers."""

    counts: World
    free: frozenset[int]

    @classmethod
    def of(cls, known: Knowledge, case: Set) -> _Truth:
        tables = (table for one in (case.new, *case.earlier) for table in one.tables)
        people = {table.people.name: table.people for table in tables}
        counts: World = np.zeros(known.program.variables)
        free: set[int] = set()
        usable = {*known.edges} <= {*case.edges}
        cuts = [case.edges.index(edge) for edge in known.edges[:-1]] if usable else []
        for (cohort, model, name), outcomes in known.people.items():
            measures = case.exact.get((people[cohort], model))
            cells = _cells(known, (cohort, model, name), measures, case.edges) if usable else None
            if cells is None:
                free |= {*outcomes[0], *outcomes[1]}
                continue
            merged = np.add.reduceat(cells, cuts, axis=1)
            for outcome in (0, 1):
                counts[outcomes[outcome]] = merged[outcome]
        return cls(counts, frozenset(free))

    def large(self, target: Target, least: int) -> bool:
        """Whether the target can be subtracted from what is shown, and is known to be large: such a count may be known."""
        return target.derived and not self.free & {*target.terms} and value(target.terms, self.counts) >= least

    def world(self, known: Knowledge) -> World | None:
        """A world that is allowed: the true counts, and what the solver finds beside them where they are not known here."""
        if not self.free:
            return self.counts
        return known.statements.far(self.counts, {}, 0, self.free)


def _cells(
    known: Knowledge, at: tuple[str, str, str], measures: PopulationMeasures | None, edges: tuple[float, ...]
) -> Cells | None:
    """The true cells; those of people at no level are unknown where another publication declared other levels."""
    cohort, model, name = at
    if measures is not None and name.endswith(f"={OTHERS}"):
        column = name.partition("=")[0]
        told = {key[2] for key in known.people if key[:2] == (cohort, model) and key[2].partition("=")[0] == column}
        if told - {name} != {group.name for group in measures.groups if group.column == column}:
            return None
    return cells_of(measures, name, edges)
