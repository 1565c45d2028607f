"""The audit of a *set* of publications: the new one together with those that are out already about the same people (DESIGN §9.5).

Each is safe alone. Two are not: a cell that one shows whole and the other in two parts is known in parts, and of two nested sets of people
the difference is known. So all tables about the same people, or about people that hold them, are written as one integer program.
What is narrow without the new publication is out and no reason to withhold it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from wardround.disclosure import knowledge
from wardround.disclosure.auditing import SECONDS, AuditResult, Narrow, examine
from wardround.disclosure.cells import Cells
from wardround.disclosure.cohorts import Seen
from wardround.disclosure.earlier import Earlier, People, Table
from wardround.disclosure.knowledge import OTHERS, Knowledge, Target
from wardround.disclosure.program import World, total, value
from wardround.disclosure.published import GroupView, ModelView
from wardround.disclosure.rounding import BASE
from wardround.disclosure.truth import cells_of
from wardround.evidence.measures import PopulationMeasures

#: How far above a whole number a proven bound must lie to exclude it: far more than the solver's tolerance.
_PROVEN = 1e-3

_Range = tuple[int, int]

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

    They do not when they share nobody; nor when the old one shows of shared people the same groups, and of shared models the same bins:
    then its numbers are the new one's.
    """
    own = {table.people for table in new.tables}
    return any(
        (table.people in own and any(_differ(table, mine) for mine in new.tables if mine.people == table.people))
        or (table.people not in own and any(table.people.inside(who) or who.inside(table.people) for who in own))
        for table in old.tables
    )


def _differ(one: Table, other: Table) -> bool:
    first, second = ({view.name: view for view in table.view.groups} for table in (one, other))
    shown = [{name for name, view in views.items() if view.n.shown} for views in (first, second)]
    if shown[0] != shown[1]:
        return True
    return one.model == other.model and any(_edges(first[name]) != _edges(second[name]) for name in shown[0])


def _edges(view: GroupView) -> tuple[float, ...]:
    return (*(item.low for item in view.bins), *(item.high for item in view.bins[-1:]))


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


def examine_set(case: Set, seconds: float = SECONDS) -> AuditResult:
    """The audit of all together.

    Not counted is what the earlier ones alone make narrow, and a difference that is proven to be large: it may be known.
    """
    known = learn((case.new, *case.earlier))
    truth = _Truth.of(known, case)
    known.targets = [target for target in known.targets if not truth.large(target, case.new.min_cell)]
    result = examine(known, case.new.min_cell, truth.world(known, seconds), seconds, every=True)
    if result.safe or not result.feasible:
        return result
    statements = known.program.finished()
    derived = {(target.what, target.cohort): target.terms for target in known.targets if target.derived}
    small = [
        item
        for item in result.narrow
        if (item.what, item.cohort) not in derived
        or statements.least(derived[item.what, item.cohort], seconds=seconds) <= case.new.min_cell - 1 + _PROVEN
    ]
    out = _narrow_before(case, small, seconds) if small else set()
    left = tuple(item for item in small if (item.what, item.cohort) not in out)
    return AuditResult(result.examined, result.programs, left)


def _narrow_before(case: Set, narrow: Sequence[Narrow], seconds: float) -> set[tuple[str, str]]:
    """Which of the narrow counts are narrow by the earlier publications alone."""
    known = learn(case.earlier)
    suspects = {(item.what, item.cohort) for item in narrow}
    known.targets = [target for target in known.targets if (target.what, target.cohort) in suspects]
    world = _Truth.of(known, case).world(known, seconds)
    found: set[tuple[str, str]] = set()
    for target in known.targets:
        alone = Knowledge(known.program, [target], known.people, known.edges)
        if not examine(alone, case.new.min_cell, world, seconds).safe:
            found.add((target.what, target.cohort))
    return found


def learn(publications: Sequence[Earlier]) -> Knowledge:
    """What a reader of all of them knows, and the counts that must stay unknown. Cohorts are people, roles are models, by their digests."""
    views: dict[tuple[People, str], list[tuple[ModelView, int]]] = {}
    for publication in publications:
        for table in publication.tables:
            listed = views.setdefault((table.people, table.model), [])
            if all(other != table.view for other, _ in listed):
                listed.append((table.view, publication.min_cell))
    thresholds = tuple(dict.fromkeys(t for publication in publications for t in publication.thresholds))
    shown = [view for found in views.values() for model, _ in found for view in model.groups]
    known = Knowledge(edges=tuple(sorted({0.0, 1.0, *thresholds, *(edge for view in shown for edge in _edges(view))})))
    bins = list(pairwise(known.edges))
    named: dict[People, dict[tuple[str, str], None]] = {}  # of all models: each knows the levels that another declares
    opened: dict[People, set[str]] = {}
    for (people, _), found in views.items():
        told = [view for one, _ in found for view in one.groups]
        named.setdefault(people, {}).update(dict.fromkeys((view.name, view.column) for view in told))
        opened.setdefault(people, set()).update(view.column for view in told if view.n.shown)
    for (people, model), found in views.items():
        knowledge.tables(known, people.name, model, tuple(named[people]), bins)
        for one, least in found:
            for view in one.groups:
                knowledge.says(known.program, known.people[people.name, model, view.name], view, bins, least)
    everybody = tuple(dict.fromkeys(people for people, _ in views))
    for people in everybody:
        models = {model: found[0][0] for (who, model), found in views.items() if who == people}
        knowledge.same_people(known, Seen(people.name, (), models))
    _nested(known, everybody)
    sized: set[tuple[str, str]] = set()
    for (people, model), found in views.items():
        told = [view for one, _ in found for view in one.groups if view.column in opened[people]]
        known.targets.extend(_targets(known, (people.name, model), told, thresholds, sized))
    known.targets.extend(_differences(known, everybody, _ranges(views), max(item.min_cell for item in publications)))
    return known


def _ranges(views: Mapping[tuple[People, str], Sequence[tuple[ModelView, int]]]) -> dict[tuple[str, str, str], _Range]:
    """The lowest and the highest that a shown count can be, by people, group and what is counted."""
    found: dict[tuple[str, str, str], _Range] = {}
    for (people, _), models in views.items():
        for view in (view for model, _ in models for view in model.groups if view.bins):
            rest = sum(item.non_events for item in view.bins)
            half = BASE // 2 * len(view.bins)
            for what, shown, wide in (
                ("n", view.n.value, BASE // 2),
                ("events", view.events.value, BASE // 2),
                ("non-events", rest, half),
            ):
                if shown is not None:
                    low, high = found.get((people.name, view.name, what), (0, 10**12))
                    found[people.name, view.name, what] = max(low, shown - wide), min(high, shown + wide)
    return found


def _nested(known: Knowledge, everybody: Sequence[People]) -> None:
    """People inside others are at most as many, cell by cell: by the same model; and by outcome alone whatever the model."""
    for small, big in product(everybody, repeat=2):
        if not small.inside(big):
            continue
        for (cohort, model, name), outcomes in list(known.people.items()):
            if cohort != small.name:
                continue
            for other in (key for key in known.people if key[0] == big.name and key[2] == name):
                for few, many in zip(outcomes, known.people[other], strict=True):
                    if other[1] == model:
                        for one, two in zip(few, many, strict=True):
                            known.program.between({two: 1.0, one: -1.0}, 0, float("inf"))
                    else:
                        known.program.between({**total(many), **dict.fromkeys(few, -1.0)}, 0, float("inf"))


def _targets(
    known: Knowledge,
    of: tuple[str, str],
    told: Sequence[GroupView],
    thresholds: tuple[float, ...],
    sized: set[tuple[str, str]],
) -> Iterator[Target]:
    """Hidden groups, sides of thresholds that no publication shows, and parts of cells that no publication shows as such.

    How many people a group has does not depend on the model: of groups in ``sized`` that is asked already.
    """
    cohort, model = of
    for name, column in dict.fromkeys((view.name, view.column) for view in told):
        views = [view for view in told if view.name == name]
        events, others = known.people[cohort, model, name]
        shown = any(view.n.shown for view in views)
        if not shown and (cohort, name) not in sized:
            sized.add((cohort, name))
            for what, places in (("events", events), ("non-events", others), ("n", [*events, *others])):
                yield Target(f"{what} of {name}", cohort, model, column, total(places), total(places))
        cells = {(item.low, item.high) for view in views for item in view.bins}
        lows = {low for low, _ in cells}
        union = sorted({edge for cell in cells for edge in cell})
        parts = [(f"{low} to {high}", low, high, True) for low, high in pairwise(union) if (low, high) not in cells]
        for threshold in thresholds:
            if threshold not in lows:
                parts += [(f"above {threshold}", threshold, 1.0, False), (f"below {threshold}", 0.0, threshold, False)]
        for word, places in (("events", events), ("non-events", others)):
            for side, low, high, derived in parts:
                edges = zip(places, pairwise(known.edges), strict=True)
                inside = [place for place, (start, end) in edges if low <= start and end <= high]
                what = f"{word} {side} of {name} by {model}"
                yield Target(what, cohort, model, column, total(inside), total(places), derived)


def _differences(
    known: Knowledge, everybody: Sequence[People], ranges: Mapping[tuple[str, str, str], _Range], least: int
) -> Iterator[Target]:
    """People of a set that are not in another one inside it, unless what both show says at once that they are many."""
    models = {people.name: [key[1] for key in known.people if key[0] == people.name] for people in everybody}
    for small, big in product(everybody, repeat=2):
        if not small.inside(big):
            continue
        one, two = models[small.name][0], models[big.name][0]
        one, two = next(((model, model) for model in models[small.name] if model in models[big.name]), (one, two))
        names = [name for cohort, model, name in known.people if (cohort, model) == (small.name, one)]
        for name in names:
            if (big.name, two, name) not in known.people or name.endswith(f"={OTHERS}"):
                continue
            few, many = known.people[small.name, one, name], known.people[big.name, two, name]
            for what, places in (("events", (0,)), ("non-events", (1,)), ("n", (0, 1))):
                lowest = ranges.get((big.name, name, what), (0, 0))[0]
                if lowest - ranges.get((small.name, name, what), (0, 10**12))[1] >= least:
                    continue
                terms = total(place for outcome in places for place in many[outcome])
                terms |= dict.fromkeys((place for outcome in places for place in few[outcome]), -1.0)
                column = name.partition("=")[0] if "=" in name else ""
                yield Target(f"{what} of {name} left out of {big.name}", small.name, one, column, terms, terms, True)


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

    def world(self, known: Knowledge, seconds: float) -> World | None:
        """A world that is allowed: the true counts, and what the solver finds beside them where they are not known here."""
        if not self.free:
            return self.counts
        return known.program.finished().far(self.counts, {}, 0, self.free, seconds=seconds)


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
