"""The audit of one publication: what it finds wide and narrow, how large a publication it takes, and what it may cost."""

import dataclasses
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "attack"))

import drawn_truths as drawn
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.disclosure import Inside, auditing, disclose, typed
from wardround.disclosure.auditing import Budget, examine
from wardround.disclosure.cohorts import size
from wardround.disclosure.knowledge import Knowledge, Target, learn
from wardround.disclosure.program import Program, total
from wardround.disclosure.published import Published
from wardround.disclosure.reading import Trusted, read


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_a_range_is_found_wide_wherever_in_it_the_first_world_lies(low, more, inside):
    """Events and others are ``low + more`` together, the others at most ``more``: the events are ``low`` to ``low + more``."""
    program = Program()
    events, others = program.counts(1), program.counts(1)
    program.between(total([*events, *others]), low + more, low + more)
    program.between(total(others), 0, more)
    target = Target("events", "c", "m", "", total(events), total([*events, *others]))
    known = Knowledge(program, [target], {("c", "m", "all"): (events, others)})
    now = min(inside, more)
    found = examine(known, 11, np.array([low + more - now, now], dtype=float))
    assert found.safe == (more >= 11)
    if not found.safe:
        assert low <= found.narrow[0].low <= found.narrow[0].high == low + more


@pytest.fixture(scope="module")
def published():
    truth = drawn.draw(3, n=400)
    return disclose(Inside(drawn.THRESHOLDS, drawn.metrics(truth), drawn.comparison(truth, ("base", "anchor"))))


def test_the_size_of_a_publication_is_the_number_of_its_unknowns(published):
    assert size(published) == learn(published).program.variables > 100


def test_a_publication_of_too_many_unknowns_is_refused_before_anything_is_made_of_it(published, monkeypatch):
    """Inside by withholding, of a file by not believing it; the numbers themselves keep every other rule."""
    value = json.loads(json.dumps(typed.plain(published)))
    trusted = Trusted(min_cell=published.min_cell, audited=True)
    assert read(value, trusted).value is not None
    monkeypatch.setattr(auditing, "MOST_UNKNOWNS", size(published) - 1)
    monkeypatch.setattr(auditing, "learn", lambda _: pytest.fail("it was gone through"))
    found = auditing.audit(published)
    assert (found.feasible, found.safe) == (False, False)
    assert "not proven" in read(value, trusted).reason


def test_forged_tables_of_millions_of_unknowns_are_not_written_down(published, monkeypatch):
    """As many groups as a file may have, each in its own bins: written down as a program they would not fit into memory."""
    (cohort, *_) = [item for other in published.against for item in other.cohorts if item.models]
    (model, *_) = cohort.models
    everybody, group = model.groups[0], next(view for view in model.groups if view.bins and view.column)
    many = tuple(
        _with(
            group,
            level=f"l{number}",
            bins=tuple(_with(one, low=one.low + number / 1e9) for one in group.bins),
        )
        for number in range(1990)
    )
    forged = _with(published, against=(), cohorts=(_with(cohort, models=(_with(model, groups=(everybody, *many)),)),))
    assert isinstance(forged, Published)
    assert size(forged) > 5_000_000
    monkeypatch.setattr(auditing, "learn", lambda _: pytest.fail("it was gone through"))
    assert not auditing.audit(forged).safe


def _with(value, **changed):
    """Any changed value, as from a file: past the key of the constructor."""
    made = object.__new__(type(value))
    for field in dataclasses.fields(value):
        if field.name != "key":
            object.__setattr__(made, field.name, changed.get(field.name, getattr(value, field.name)))
    return made


def test_programs_over_many_unknowns_cost_more_than_in_proportion():
    """The budget stands for time: a small program of a large publication is not free, and of two large ones the larger costs more by far."""
    costs = []
    for varied, of in ((100, 1_000), (100, 50_000), (20_000, 50_000), (40_000, 50_000)):
        budget = Budget(1e9)
        assert budget.spend(varied, of)
        costs.append(1e9 - budget.left)
    assert costs == [200, 5_100, 45_000, 165_000]


@pytest.mark.parametrize("left", [0, 50])
def test_what_the_budget_does_not_reach_is_unsafe(left, published):
    known = learn(published)
    assert not examine(known, published.min_cell, None, budget=Budget(left)).safe
