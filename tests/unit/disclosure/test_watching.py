"""What may be published of a look: small cells, derived numbers, and rows that come back from the history."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.disclosure.reading import Trusted, read_as, shape
from wardround.disclosure.shapes import Malformed
from wardround.disclosure.typed import plain
from wardround.disclosure.watch_rows import COLUMNS, row, signal
from wardround.disclosure.watched import EXACT, WatchView
from wardround.disclosure.watching import watched
from wardround.evidence.decision import Fact
from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import MonitorEvidence, MonitorFinding, Severity, Signal, Span, State

SPAN = Span(name="2026-03-02", start=dt.date(2026, 3, 2), end=dt.date(2026, 3, 9))


def a_signal(value: float | None = 0.5, **more: Any) -> Signal:
    given_ = {"rule": "calibration.decay", "measure": "oe", "n": 400, "minimum": 30, **more}
    low, high = (None, None) if value is None else (value * 0.9, value * 1.1)
    return Signal(window=SPAN.name, estimate=Estimate(value=value, low=low, high=high), **given_)


def view(*signals: Signal, findings: tuple[MonitorFinding, ...] = ()) -> WatchView:
    evidence = MonitorEvidence(
        project="tiny",
        stage="prod",
        versions=("v1",),
        until=SPAN.end,
        windows=(SPAN,),
        answers=437,
        outcomes=9,
        matured=0,
        signals=signals,
        findings=findings,
    )
    return watched(evidence, min_cell=11)


def test_counts_are_rounded_and_small_ones_are_withheld() -> None:
    made = view()
    assert made.answers.value == 440
    assert made.outcomes.value is None
    assert made.matured.value is None


@pytest.mark.parametrize("events", [0, 1, 10, 390, 395, 400])
def test_few_events_or_non_events_hide_a_ratio(events: int) -> None:
    (shown,) = view(a_signal(max(events, 1) / 100, events=events)).signals
    assert not shown.estimate.shown
    assert shown.n.value == 400


def test_a_ratio_comes_from_rounded_counts() -> None:
    one = view(a_signal(56 / 50, events=56)).signals[0].estimate
    other = view(a_signal(63 / (63 / (56 / 50)), events=63)).signals[0].estimate
    assert one.value == pytest.approx(60 / 50, abs=0.005)
    assert other.value is not None
    assert str(one) == "1.200 (0.916 to 1.545)"


def test_a_share_comes_from_rounded_counts() -> None:
    (shown,) = view(a_signal(57 / 400, measure="missing", rule="drift.missing", events=57, column="age")).signals
    assert shown.estimate.value == 0.15


@pytest.mark.parametrize(
    "measure", ["missing", "ppv@0.4", "oe", "oe_region", "event_rate", "new_levels_share", "alerts_per_day"]
)
def test_what_counts_people_and_does_not_say_how_many_is_withheld(measure: str) -> None:
    (shown,) = view(a_signal(0.3, measure=measure)).signals
    assert not shown.estimate.shown


@pytest.mark.parametrize("measure", ["auroc", "slope", "psi", "score_psi", "sensitivity_gap", "net_benefit"])
def test_statistics_are_rounded(measure: str) -> None:
    (shown,) = view(a_signal(0.123456, measure=measure)).signals
    assert shown.estimate.value == 0.123
    (group,) = view(a_signal(0.123456, measure=measure, column="sex", level="F")).signals
    assert group.estimate.value == 0.12


def test_a_small_group_hides_the_next_smallest_too() -> None:
    levels = {"F": 900, "M": 300, "X": 4}
    made = view(*(a_signal(0.7, measure="auroc", column="sex", level=name, n=n) for name, n in levels.items()))
    shown = {item.level: item.n.value for item in made.signals}
    assert shown == {"F": 900, "M": None, "X": None}
    assert [item.estimate.shown for item in made.signals] == [True, False, False]


def test_few_events_of_a_group_hide_its_other_measures() -> None:
    made = view(
        a_signal(0.7, measure="auroc", column="sex", level="X", n=200),
        a_signal(0.7, measure="auroc", column="sex", level="F", n=300),
        a_signal(0.7, measure="auroc", column="sex", level="M", n=400),
        a_signal(1.0, column="sex", level="X", n=200, events=3),
        a_signal(1.0, column="sex", level="F", n=300, events=40),
        a_signal(1.0, column="sex", level="M", n=400, events=60),
    )
    shown = {(item.measure, item.level): item.estimate.shown for item in made.signals}
    assert not shown["auroc", "X"]
    assert not shown["auroc", "F"], "else X would be what is left"
    assert shown["auroc", "M"]


def test_what_is_not_assessed_has_no_number() -> None:
    (shown,) = view(a_signal(0.9, measure="auroc", state=State.IMMATURE)).signals
    assert not shown.estimate.shown
    assert shown.state == "immature"


def test_operations_count_no_patients() -> None:
    (shown,) = view(a_signal(0.5, rule="service.pipeline", measure="failed_runs_share", n=2)).signals
    assert shown.estimate.value == 0.5
    assert shown.n.value is None


def test_a_finding_says_its_signals_numbers_and_no_others() -> None:
    facts = (
        Fact(name="oe", type="measure", value=56 / 50, low=0.9, high=1.4),
        Fact(name="event rate", type="measure", value=0.14),
        Fact(name="encounters", type="count", count=403),
        Fact(name="few", type="count", count=7),
        Fact(name="upper limit", type="margin", value=1.25),
    )
    finding = MonitorFinding(
        rule="calibration.decay", severity=Severity.ALERT, summary="More.", windows=(SPAN.name,), facts=facts
    )
    made = view(a_signal(56 / 50, events=56), findings=(finding,))
    told = {fact.name: str(fact) for fact in made.findings[0].facts}
    assert told["oe"] == str(made.signals[0].estimate)
    assert told["event rate"] == "withheld: small numbers"
    assert told["encounters"] == "400"
    assert told["few"] == "withheld: small numbers"
    assert told["upper limit"] == "1.2500"
    assert made.severity == "alert"


@pytest.mark.parametrize(("n", "said"), [(400, 0.7), (401, 0.7), (409, 0.7), (421, 0.703), (900, 0.703)])
def test_a_statistic_stays_until_many_more_encounters_are_in_it(n: int, said: float) -> None:
    before = view(a_signal(0.7, measure="auroc", n=400)).signals
    evidence = MonitorEvidence(
        project="tiny", stage="prod", versions=("v1",), until=SPAN.end, windows=(SPAN,), answers=0, outcomes=0, matured=0,
        signals=(a_signal(0.703, measure="auroc", n=n),),
        findings=(
            MonitorFinding(
                rule="calibration.decay",
                severity=Severity.NOTE,
                summary="x",
                windows=(SPAN.name,),
                facts=(Fact(name="auroc", type="measure", value=0.703),),
            ),
        ),
    )  # fmt: skip
    made = watched(evidence, min_cell=11, published=before)
    assert made.signals[0].estimate.value == said
    assert str(made.findings[0].facts[0]) == str(made.signals[0].estimate)


def test_what_was_withheld_or_comes_from_counts_is_said_anew() -> None:
    few = view(a_signal(0.7, measure="auroc", n=9)).signals
    share = view(a_signal(0.5, measure="missing", n=400, events=200)).signals
    now = (a_signal(0.71, measure="auroc", n=12), a_signal(0.6, measure="missing", n=400, events=240))
    evidence = MonitorEvidence(
        project="tiny", stage="prod", versions=("v1",), until=SPAN.end, windows=(SPAN,), answers=0, outcomes=0, matured=0,
        signals=now,
    )  # fmt: skip
    made = watched(evidence, min_cell=11, published=(*few, *share))
    assert [item.estimate.value for item in made.signals] == [0.71, 0.6]


counts = st.integers(0, 2000)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["oe", "auroc", "missing", "psi", "ppv@0.4", "alerts_per_day"]),
            st.sampled_from([("", ""), ("sex", "F"), ("sex", "M"), ("age", "")]),
            counts,
            st.floats(0, 1),
        ),
        max_size=12,
    )
)
def test_whatever_is_watched_keeps_the_rules_when_it_is_read_again(items: list[Any]) -> None:
    signals = []
    for measure, (column, level), n, part in items:
        events = None if measure in ("auroc", "psi") else round(part * n)
        value = 0.5 if events is None else events / max(n, 1)
        signals.append(a_signal(value, measure=measure, column=column, level=level, n=n, events=events))
    made = view(*signals)
    again = read_as(WatchView, shape(WatchView, EXACT), json.loads(json.dumps(plain(made))), Trusted(11))
    assert again.value == made, again.reason
    assert tuple(signal(json.loads(json.dumps(row(item))), 11) for item in made.signals) == made.signals


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("n", 7),
        ("n", 403),
        ("n", 0),
        ("n", 400.0),
        ("n", None),
        ("value", 0.12345),
        ("value", float("inf")),
        ("value", True),
        ("value", "0.5"),
        ("value", None),
        ("withheld", "nobody knows"),
        ("withheld", "withheld: small numbers"),
        ("state", "immature"),
        ("state", "fine"),
        ("origin", "parameter"),
        ("crossed", 1),
        ("rule", None),
        ("note", "x" * 3000),
        ("low_limit", "0.5"),
    ],
)
def test_a_row_that_says_more_than_it_may_is_refused(column: str, value: Any) -> None:
    (item,) = view(a_signal(0.7, measure="auroc")).signals
    values = row(item)
    signal(values, 11)
    values[COLUMNS.index(column)] = value
    with pytest.raises(Malformed):
        signal(values, 11)


def ppv(n: int, events: int, **more: Any) -> Signal:
    return a_signal(events / n, rule="performance.decay", measure="ppv@0.2", n=n, events=events, **more)


@pytest.mark.parametrize(
    ("events", "alerts", "hits", "shown"),
    [(60, 100, 45, True), (50, 100, 45, False), (45, 100, 45, False), (56, 100, 45, True), (60, 380, 45, False)],
)
def test_few_missed_or_spared_hide_what_would_tell_them(events: int, alerts: int, hits: int, shown: bool) -> None:
    """Events minus hits are missed people; both signals are large, and their difference is not."""
    ratio, share = view(a_signal(1.0, events=events), ppv(alerts, hits)).signals
    assert ratio.estimate.shown
    assert (share.estimate.shown, share.n.shown) == (shown, shown)


def test_one_group_that_missed_few_hides_the_next_one_too() -> None:
    """Everybody's missed and all other groups' would give its own."""
    missed = {"a": 5, "b": 30, "c": 60}
    groups = [
        item
        for level, number in missed.items()
        for item in (
            a_signal(1.0, events=100, column="site", level=level),
            ppv(200, 100 - number, column="site", level=level),
        )
    ]
    whole = (a_signal(1.0, n=1200, events=300), ppv(600, 205))
    made = view(*whole, *groups).signals
    assert [item.level for item in made if item.rule == "performance.decay" and item.estimate.shown] == ["", "c"]
    assert all(item.estimate.shown for item in made if item.measure == "oe"), "the groups themselves are large"


def test_a_kpi_that_counts_hits_is_looked_at_like_the_ppv() -> None:
    kpi = a_signal(2.0, rule="value.kpi", measure="averted_per_100", n=400, events=45)
    assert [item.estimate.shown for item in view(a_signal(1.0, events=50), kpi).signals] == [True, False]
    assert [item.estimate.shown for item in view(a_signal(1.0, events=60), kpi).signals] == [True, True]
