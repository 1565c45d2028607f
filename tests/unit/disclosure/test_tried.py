"""What is published of the fixes: rounded tables, nothing small, and no coefficient that gives counts back."""

import datetime as dt

import pytest

from wardround.disclosure.tried import tried
from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import Span
from wardround.evidence.retraining import Attempt, Counted, Fix, Miss, RetrainingEvidence


def attempt(n, events, flagged, hits, fix=None, threshold=0.2):
    def number(value):
        return Estimate(value=value, low=value * 0.9, high=value * 1.1)

    return Attempt(
        fix=fix,
        threshold=threshold,
        detail="intercept +0.3217",
        measures={
            "auroc": number(0.71234),
            "oe": number(events / (events * 0.731)),
            "slope": number(1.01234),
            f"alerts_per_100@{threshold!r}": number(100 * flagged / n),
            f"alerts_per_day@{threshold!r}": number(flagged / 14),
            f"sensitivity@{threshold!r}": number(hits / events),
        },
        failed=(Miss(limit="O/E", found="1.37 is outside 0.8 to 1.25"),),
    )


def evidence(n=903, events=123, flagged=101, hits=47):
    return RetrainingEvidence(
        project="readmission",
        base_commit="0" * 40,
        window=Span(name="w", start=dt.date(2025, 4, 29), end=dt.date(2025, 5, 27)),
        data_digest="d",
        fitted_on=Counted(n=n, events=events, subjects=n),
        judged_on=Counted(n=n, events=events, subjects=n),
        champion=attempt(n, events, flagged, hits),
        attempts=(
            attempt(n, events, flagged, hits, Fix.INTERCEPT),
            Attempt(fix=Fix.REFIT, threshold=0.2, unable="age is missing"),
        ),
        chosen=Fix.INTERCEPT,
    )


def test_numbers_come_from_the_rounded_table():
    made = tried(evidence(), min_cell=11)
    now = made.attempts[0]
    assert (made.n.value, made.events.value) == (900, 120)
    assert now.ppv.value == pytest.approx(50 / 100, abs=0.005)  # 47 of 101, as 50 of 50 + 50
    assert now.sensitivity.value == pytest.approx(50 / 130, abs=0.005)  # 47 of 123, as 50 of 50 + 80
    assert now.alerts_per_day.value == pytest.approx(100 / 14, abs=0.06)
    assert now.oe.value == pytest.approx(120 / 90, abs=0.005)
    assert now.auroc.value == 0.71


def test_no_exact_number_leaves():
    text = str(tried(evidence(), min_cell=11).plain())
    for exact in ("903", "123", "101", "0.3217", "0.71234", "1.37"):
        assert exact not in text


@pytest.mark.parametrize("cells", [{"hits": 7}, {"hits": 95}, {"hits": 120, "flagged": 890}])
def test_a_small_cell_withholds_what_is_made_of_it(cells):
    now = tried(evidence(**cells), min_cell=11).attempts[0]
    for quantity in (now.ppv, now.sensitivity, now.net_benefit, now.alerts_per_day, now.alerts_per_100):
        assert not quantity.shown
    assert now.oe.shown


def test_few_events_withhold_everything():
    made = tried(evidence(events=9, hits=4, flagged=60), min_cell=11)
    assert not made.n.shown
    assert not any(quantity.shown for quantity in (made.attempts[0].oe, made.attempts[0].auroc, made.attempts[0].slope))


def test_what_was_not_tried_says_why():
    made = tried(evidence(), min_cell=11)
    assert made.attempts[-1].unable == "age is missing"
    assert not made.attempts[-1].suffices
    assert made.attempts[1].missed == ("O/E",)


def ladder(*attempts, chosen=None):
    made = evidence()
    return tried(made.model_copy(update={"attempts": attempts, "chosen": chosen}), min_cell=11)


@pytest.mark.parametrize(
    ("flagged", "hits", "shown"),
    [(101, 47, True), (90, 44, False), (90, 36, False), (78, 36, True), (125, 58, True), (102, 47, False)],
)
def test_two_cuts_of_one_ranking_hide_who_is_between_them(flagged, hits, shown):
    """Hits at 0.2 minus hits at 0.21 are events between; few of them, or few non-events, are withheld with the second table."""
    now, moved = ladder(attempt(903, 123, flagged, hits, Fix.THRESHOLD, threshold=0.21)).attempts
    assert now.sensitivity.shown
    assert (moved.sensitivity.shown, moved.alerts_per_day.shown, moved.net_benefit.shown) == (shown, shown, shown)
    assert moved.oe.shown


def test_a_refit_ranks_anew_so_that_nobody_can_be_counted():
    assert ladder(attempt(903, 123, 102, 47, Fix.REFIT)).attempts[1].sensitivity.shown


def test_the_chosen_fix_is_shown_before_another_one_near_it():
    near = attempt(903, 123, 150, 60, Fix.INTERCEPT), attempt(903, 123, 152, 61, Fix.PLATT)
    assert [item.ppv.shown for item in ladder(*near, chosen=Fix.PLATT).attempts] == [True, False, True]
    assert [item.ppv.shown for item in ladder(*near).attempts] == [True, True, False]
