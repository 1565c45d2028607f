"""What a reader of a set of publications knows: one table of unknowns for each model and set of people, and all that is said of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product

from wardround.disclosure import knowledge
from wardround.disclosure.cohorts import Seen
from wardround.disclosure.earlier import Earlier, People
from wardround.disclosure.knowledge import OTHERS, Knowledge, Target
from wardround.disclosure.program import total
from wardround.disclosure.published import GroupView, ModelView
from wardround.disclosure.rounding import BASE

_Range = tuple[int, int]


def edges_of(view: GroupView) -> tuple[float, ...]:
    """The edges of the bins in which a group is shown; none where it is withheld."""
    return (*(item.low for item in view.bins), *(item.high for item in view.bins[-1:]))


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
    known = Knowledge(
        edges=tuple(sorted({0.0, 1.0, *thresholds, *(edge for view in shown for edge in edges_of(view))}))
    )
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
