"""What a reader of a publication knows, as statements about unknown counts, and the counts that must stay unknown.

The unknowns are numbers of people by cohort, model, column, level, score bin and outcome. Score bins are cut at every published
edge and every declared threshold. Levels include one for people without a declared level.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise, product

from wardround.disclosure.cohorts import Seen, seen
from wardround.disclosure.program import Program, Statements, Terms, total
from wardround.disclosure.published import Bin, Count, GroupView, Published
from wardround.disclosure.rounding import BASE

#: People of a column who are at no declared level.
OTHERS = "(others)"


@dataclass(frozen=True)
class Target:
    """A count that must keep a wide range. ``group`` is all of its group's people with the same outcome.

    ``derived``: nobody withheld it; it is the difference of two shown numbers, and must be wide only where it is small.
    """

    what: str
    cohort: str
    role: str
    column: str
    terms: Terms
    group: Terms
    derived: bool = False


@dataclass
class Knowledge:
    """The program, the targets, and the variables by (cohort, role, group) as lists (outcome, bin)."""

    program: Program = field(default_factory=Program)
    targets: list[Target] = field(default_factory=list)
    people: dict[tuple[str, str, str], tuple[list[int], list[int]]] = field(default_factory=dict)
    edges: tuple[float, ...] = ()

    @cached_property
    def statements(self) -> Statements:
        """The finished program: asked for only when everything has been said."""
        return self.program.finished()

    def blocks(self, target: Target) -> Iterator[list[int]]:
        """Variables to vary, ever more: one model and outcome in one column; in all columns; all models in one column; all."""
        outcomes = [outcome for outcome in (0, 1) if set(target.terms) & self._all_of(target, outcome)]
        stages: list[tuple[str | None, str | None, Sequence[int]]] = [
            (target.role, target.column, outcomes),
            (target.role, None, outcomes),
            (None, target.column, (0, 1)),
            (None, None, (0, 1)),
        ]
        for of, column, varied in stages:
            if column == "":
                continue
            yield [
                place
                for (_, role, name), people in self.people.items()
                if of in {None, role} and column in {None, name.partition("=")[0]}
                for outcome in varied
                for place in people[outcome]
            ]

    def _all_of(self, target: Target, outcome: int) -> set[int]:
        return {
            place
            for (cohort, role, _), outcomes in self.people.items()
            if (cohort, role) == (target.cohort, target.role)
            for place in outcomes[outcome]
        }


def learn(published: Published) -> Knowledge:
    """Everything that the publication says about counts."""
    cohorts = seen(published)
    shown = [view for cohort in cohorts for model in cohort.models.values() for view in model.groups]
    edges = sorted({0.0, 1.0, *published.thresholds, *(item.low for view in shown for item in view.bins)})
    bins = list(pairwise(edges))
    known = Knowledge(edges=tuple(edges))
    for cohort in cohorts:
        for role, model in cohort.models.items():
            tables(known, cohort.name, role, [(view.name, view.column) for view in model.groups], bins)
            for view in model.groups:
                says(known.program, known.people[cohort.name, role, view.name], view, bins, published.min_cell)
        same_people(known, cohort)
    _nested(known, cohorts)
    for cohort in cohorts:
        known.targets.extend(_targets(known, cohort, bins, published.thresholds))
    return known


def tables(
    known: Knowledge, cohort: str, role: str, groups: Sequence[tuple[str, str]], bins: list[tuple[float, float]]
) -> None:
    """Unknown counts of every group (its name and its column), and that the levels of a column and the others are everybody."""
    columns = dict.fromkeys(column for _, column in groups if column)
    for name in [*(name for name, _ in groups), *(f"{column}={OTHERS}" for column in columns)]:
        known.people[cohort, role, name] = (
            known.program.counts(len(bins)),
            known.program.counts(len(bins)),
        )
    everybody = known.people[cohort, role, "all"]
    for column in columns:
        levels = [name for name, of in groups if of == column] + [f"{column}={OTHERS}"]
        for outcome, i in product((0, 1), range(len(bins))):
            terms = total(known.people[cohort, role, name][outcome][i] for name in levels)
            known.program.between({**terms, everybody[outcome][i]: -1.0}, 0, 0)


def says(
    program: Program,
    people: tuple[list[int], list[int]],
    view: GroupView,
    bins: list[tuple[float, float]],
    least: int,
) -> None:
    """Rounded counts, and mean probabilities."""
    events, others = people
    _rounded(program, [*events, *others], view.n, least)
    _rounded(program, events, view.events, least)
    for item in view.bins:
        inside = [i for i, (low, high) in enumerate(bins) if item.low <= low and high <= item.high]
        _cell(program, [events[i] for i in inside], item.events, least)
        _cell(program, [others[i] for i in inside], item.non_events, least)
        _mean(program, {i: (events[i], others[i]) for i in inside}, bins, item)
    if view.expected is not None and view.expected.value is not None:
        _expected(program, view.expected.value, list(zip(events, others, strict=True)), bins)


def _rounded(program: Program, places: list[int], count: Count, least: int) -> None:
    if count.value is not None:
        _cell(program, places, count.value, least)


def _cell(program: Program, places: list[int], shown: int, least: int) -> None:
    """A shown count is large, and rounds to what is shown."""
    program.between(total(places), max(least, shown - BASE // 2), shown + BASE // 2 - 1)


def _mean(program: Program, places: Mapping[int, tuple[int, int]], bins: list[tuple[float, float]], item: Bin) -> None:
    """The mean of probabilities lies in what it was rounded to; each probability in its own bin."""
    if item.predicted is None or item.precision is None:
        return
    low, high = item.predicted - item.precision / 2, item.predicted + item.precision / 2
    least = {place: bins[i][0] - high for i, pair in places.items() for place in pair}
    most = {place: bins[i][1] - low for i, pair in places.items() for place in pair}
    program.between(least, -float("inf"), 1e-9)
    program.between(most, -1e-9, float("inf"))


def _expected(program: Program, shown: int, pairs: list[tuple[int, int]], bins: list[tuple[float, float]]) -> None:
    least = {place: bins[i][0] for i, pair in enumerate(pairs) for place in pair if bins[i][0] > 0}
    most = {place: bins[i][1] for i, pair in enumerate(pairs) for place in pair}
    program.between(least, -float("inf"), shown + BASE / 2)
    program.between(most, shown - BASE / 2, float("inf"))


def same_people(known: Knowledge, cohort: Seen) -> None:
    """All models were scored on the same encounters: n and events of a group do not depend on the model."""
    first: dict[str, str] = {}
    for where, role, name in list(known.people):
        if where != cohort.name or role not in cohort.models:
            continue
        if first.setdefault(name, role) == role:
            continue
        for one, two in zip(
            known.people[cohort.name, first[name], name], known.people[cohort.name, role, name], strict=True
        ):
            known.program.between({**total(one), **dict.fromkeys(two, -1.0)}, 0, 0)


def _nested(known: Knowledge, cohorts: list[Seen]) -> None:
    """A cohort inside another has at most its people, cell by cell; and so have differences of nested pairs."""
    inside = {
        (one.name, two.name)
        for one, two in product(cohorts, repeat=2)
        if one is not two and any(a.inside(b) for a in one.places for b in two.places)
    }
    names = [cohort.name for cohort in cohorts]
    for (cohort, role, name), outcomes in list(known.people.items()):
        for other in names:
            if (cohort, other) in inside and (other, role, name) in known.people:
                for small, big in zip(outcomes, known.people[other, role, name], strict=True):
                    for one, two in zip(small, big, strict=True):
                        known.program.between({two: 1.0, one: -1.0}, 0, float("inf"))
        for left, right, top in product(names, repeat=3):
            # cohort = left and right together, both inside top: who is in top, but in neither, is a number of people
            square = {(cohort, left), (cohort, right), (left, top), (right, top)} <= inside and left < right
            if square and all((c, role, name) in known.people for c in (left, right, top)):
                corners = [known.people[c, role, name] for c in (top, cohort, left, right)]
                for outcome in (0, 1):
                    for t, c, a, b in zip(*(corner[outcome] for corner in corners), strict=True):
                        known.program.between({t: 1.0, c: 1.0, a: -1.0, b: -1.0}, 0, float("inf"))


def _targets(
    known: Knowledge, cohort: Seen, bins: list[tuple[float, float]], thresholds: tuple[float, ...]
) -> Iterator[Target]:
    """Counts of hidden groups, and the confusion counts at thresholds that a group does not show."""
    for role, model in cohort.models.items():
        open_columns = {view.column for view in model.groups if view.n.shown}
        for view in model.groups:
            if view.column not in open_columns:
                continue
            events, others = known.people[cohort.name, role, view.name]
            if not view.n.shown and role == next(iter(cohort.models)):
                for what, places in (("events", events), ("non-events", others), ("n", [*events, *others])):
                    yield Target(f"{what} of {view.name}", cohort.name, role, view.column, total(places), total(places))
            shown = {item.low for item in view.bins}
            for threshold in thresholds:
                if threshold in shown:
                    continue
                for word, places in (("events", events), ("non-events", others)):
                    sides = (
                        ("above", [p for p, (low, _) in zip(places, bins, strict=True) if low >= threshold]),
                        ("below", [p for p, (low, _) in zip(places, bins, strict=True) if low < threshold]),
                    )
                    for side, inside in sides:
                        what = f"{word} {side} {threshold} of {view.name} by {role}"
                        yield Target(what, cohort.name, role, view.column, total(inside), total(places))
