"""Widening a change never moves it inside the plan, and what a plan permits does not depend on the order of things."""

from __future__ import annotations

import datetime as dt
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.gate.plan import Atom, ChangePlan, Kind, Sides, atoms_of, classify
from wardround.gate.specimen.agreed import plan

KEYS = (
    "data.window.end",
    "data.window.start",
    "evaluate.thresholds",
    "model.seed",
    "gate.floor.auroc",
    "train.recalibration",
)
VALUES = ("", "null", "0.1", "0.2", "[0.2]", "[0.24]", '"2025-01-01"', '"2025-04-01"', '"platt"')
PATHS = ("pipelines/features.py", "pipelines/model.py", "governance/pccp.yaml", ".github/CODEOWNERS", "data/codes.csv")

ATOMS = st.one_of(
    st.builds(Atom, st.just(Kind.PARAM), st.sampled_from(KEYS), st.sampled_from(VALUES), st.sampled_from(VALUES)),
    st.builds(Atom, st.just(Kind.PATH), st.sampled_from(PATHS)),
    st.just(Atom(Kind.DATA, "data")),
    st.just(Atom(Kind.MODEL, "model")),
)
PARAMS = st.fixed_dictionaries(
    {"key": st.sampled_from((*KEYS, "data", "evaluate"))},
    optional={
        "range": st.sampled_from([(0.0, 0.15), (0.0, 1.0)]),
        "step": st.sampled_from([0.01, 0.5]),
        "among": st.just(("platt",)),
        "forward": st.sampled_from([30, 366]),
    },
)
PERMITS = st.fixed_dictionaries(
    {
        "params": st.lists(PARAMS, max_size=3),
        "paths": st.lists(st.sampled_from((*PATHS, "pipelines/", "**")), max_size=2),
        "data": st.booleans(),
        "model": st.booleans(),
    }
)


@st.composite
def plans(draw: st.DrawFn) -> ChangePlan:
    raw = plan().model_dump(mode="json", exclude_none=True)
    first = raw["modifications"][0]
    raw["modifications"] = [
        {**first, "id": f"M{number}", "permits": draw(PERMITS)} for number in range(draw(st.integers(1, 3)))
    ]
    names = [item["id"] for item in raw["modifications"]]
    raw["together"] = [names] if len(names) > 1 and draw(st.booleans()) else []
    return ChangePlan.model_validate(raw)


@settings(deadline=None)
@given(agreed=plans(), change=st.frozensets(ATOMS, min_size=1), more=st.frozensets(ATOMS))
def test_widening_a_change_never_moves_it_inside(
    agreed: ChangePlan, change: frozenset[Atom], more: frozenset[Atom]
) -> None:
    narrow, wide = classify(agreed, change), classify(agreed, change | more)
    if narrow.outside:
        assert wide.outside
    if wide.inside:
        assert narrow.inside


@settings(deadline=None)
@given(agreed=plans(), change=st.lists(ATOMS, min_size=1, max_size=6))
def test_the_order_of_a_change_does_not_matter(agreed: ChangePlan, change: list[Atom]) -> None:
    assert classify(agreed, change).inside == classify(agreed, change[::-1]).inside


@settings(deadline=None)
@given(agreed=plans(), change=st.frozensets(ATOMS, min_size=1))
def test_taking_permissions_away_never_moves_a_change_inside(agreed: ChangePlan, change: frozenset[Atom]) -> None:
    fewer = agreed.model_copy(update={"modifications": agreed.modifications[:1], "together": ()})
    if classify(agreed, change).outside:
        assert classify(fewer, change).outside


LEAVES = st.one_of(st.integers(0, 3), st.sampled_from(["a", "b"]), st.lists(st.integers(0, 1), max_size=2))
TREES = st.recursive(
    LEAVES, lambda inner: st.dictionaries(st.sampled_from("xyz"), inner, min_size=1, max_size=3), max_leaves=6
)


@settings(deadline=None)
@given(before=st.dictionaries(st.sampled_from("abc"), TREES), after=st.dictionaries(st.sampled_from("abc"), TREES))
def test_params_that_differ_give_an_atom_and_equal_ones_none(
    before: dict[str, object], after: dict[str, object]
) -> None:
    assert bool(atoms_of(Sides((), before, after))) is (before != after)


@st.composite
def moves(draw: st.DrawFn) -> tuple[dict[str, object], str, str, str]:
    """One limit, the base's value (inside a range where there is one), and two new values in the same direction: the second is farther away."""
    kind = draw(st.sampled_from(("range", "step", "both", "forward", "list")))
    if kind == "forward":
        first = dt.date(2024, 1, 1) + dt.timedelta(days=draw(st.integers(0, 900)))
        sign, days = draw(st.sampled_from((-1, 1))), draw(st.integers(0, 800))
        near = first + sign * dt.timedelta(days=days)
        far = near + sign * dt.timedelta(days=draw(st.integers(0, 800)))
        limit: dict[str, object] = {"forward": draw(st.integers(1, 800))}
        return limit, *(json.dumps(day.isoformat()) for day in (first, near, far))
    numbers = st.floats(0, 5, allow_nan=False).map(lambda value: round(value, 3))
    before, sign = draw(numbers), draw(st.sampled_from((-1, 1)))
    close = draw(numbers)
    away = close + draw(numbers)
    limit = {}
    if kind in ("range", "both", "list"):
        limit["range"] = (before - draw(numbers), before + draw(numbers) + 0.001)
    if kind in ("step", "both", "list"):
        limit["step"] = draw(numbers) + 0.001
    values: list[object] = [before, before + sign * close, before + sign * away]
    if kind == "list":  # one more that stays
        values = [[before, value] for value in values]
    return limit, *(json.dumps(value) for value in values)


@settings(deadline=None, max_examples=400)
@given(move=moves(), others=st.frozensets(ATOMS, max_size=2))
def test_moving_a_value_farther_never_moves_a_change_inside(
    move: tuple[dict[str, object], str, str, str], others: frozenset[Atom]
) -> None:
    limit, before, near, far = move
    raw = plan().model_dump(mode="json", exclude_none=True)
    permits = {"params": [{"key": "train.strength", **limit}], "paths": ["**"], "data": True, "model": True}
    raw["modifications"] = [{**raw["modifications"][0], "id": "M1", "permits": permits}]
    raw["together"] = []
    agreed = ChangePlan.model_validate(raw)
    one, other = (
        classify(agreed, {Atom(Kind.PARAM, "train.strength", before, value), *others}) for value in (near, far)
    )
    if one.outside:
        assert other.outside, (limit, before, near, far)
    if other.inside:
        assert one.inside
