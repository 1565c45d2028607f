"""Marks, fixes as params, and YAML that stays as it was written."""

import datetime as dt
from dataclasses import replace

import pytest

from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import MonitorEvidence, Signal, Span, State
from wardround.evidence.retraining import Attempt, Fix
from wardround.flows.retrain.climbing import bars_of
from wardround.flows.retrain.draft import edited
from wardround.flows.retrain.fixes import changes_of
from wardround.flows.retrain.mark import Mark
from wardround.flows.retrain.recent import matured_until
from wardround.project.params import parse

MARK = Mark("retrain", "readmission", "sha256:aa", "sha256:bb", "2025-05-01", "2025-06-01")
WINDOW = Span(name="w", start=dt.date(2025, 4, 29), end=dt.date(2025, 5, 27))
ENDED = dt.datetime(2025, 1, 10, 12, 30)  # noqa: DTZ001 - the snapshot has no zone
PARAMS = """# every number
project: {name: readmission}
data:
  source: synthetic
  columns: {outcome: y, time: t}  # which is which
  window: {start: "2024-07-01", end: "2025-03-25"}
evaluate:
  thresholds: [0.2, 0.1]
train: {recalibration: intercept}
"""


def test_a_mark_is_read_from_the_body_that_holds_it():
    assert Mark.read(f"Words.\n\n{MARK.text}\n") == MARK
    assert Mark.read("Words.") is None
    assert Mark.read(MARK.text.replace("2025-05-01", "soon")) is None


@pytest.mark.parametrize(
    ("since", "model", "same"),
    [
        ("2025-05-01", "sha256:bb", True),
        ("2025-06-01", "sha256:bb", True),
        ("2025-06-08", "sha256:bb", False),
        ("2025-05-01", "sha256:cc", False),
        ("", "sha256:bb", False),
    ],
)
def test_an_alarm_goes_on_while_its_windows_began_before_the_look(since, model, same):
    assert MARK.goes_on(replace(MARK, since=since, model=model, data="sha256:zz", until="2025-07-01")) is same


def change(fix, threshold=0.2, **params):
    text = edited(PARAMS, params) if params else PARAMS
    return edited(PARAMS, changes_of(Attempt(fix=fix, threshold=threshold), parse(text), WINDOW, ENDED))


def test_a_recalibration_trains_on_what_the_model_was_trained_on():
    made = parse(change(Fix.INTERCEPT))
    assert made.data.window.end == WINDOW.end
    assert made.split.recent.train_end == ENDED
    assert (made.split.recent.start, made.split.recent.share) == (WINDOW.start, 0.5)
    assert made.train.recalibration == "intercept"


def test_slope_and_intercept_are_kept_where_there_were_two_numbers():
    assert parse(change(Fix.PLATT)).train.recalibration == "platt"
    assert parse(change(Fix.INTERCEPT, train={"recalibration": "isotonic"})).train.recalibration == "platt"


def test_a_refit_trains_on_all_before_the_window():
    made = parse(change(Fix.REFIT))
    assert made.split.recent.train_end is None
    assert made.tune.method == "off"
    space = {"tune": {"space": {"max_iter": [50, 100]}}}
    searched = changes_of(Attempt(fix=Fix.SEARCH, threshold=0.2), parse(edited(PARAMS, space)), WINDOW, ENDED)
    assert searched["tune"] == {"method": "random"}


def test_a_refit_recalibrates_on_the_latest_days():
    since = dt.date(2025, 5, 20)
    for fix, wanted in ((Fix.REFIT, since), (Fix.INTERCEPT, None), (Fix.PLATT, None)):
        attempt = Attempt(fix=fix, threshold=0.2, recalibrate_from=since)
        made = parse(edited(PARAMS, changes_of(attempt, parse(PARAMS), WINDOW, ENDED)))
        assert made.split.recent.recalibrate_from == wanted


def test_a_threshold_moves_nothing_that_is_fitted():
    made, before = parse(change(Fix.THRESHOLD, 0.33)), parse(PARAMS)
    assert made.evaluate.thresholds == (0.33, 0.2, 0.1)
    assert (made.data, made.split, made.train) == (before.data, before.split, before.train)


def test_what_is_not_changed_stays_as_it_was_written():
    text = change(Fix.INTERCEPT)
    assert "# every number" in text
    assert "# which is which" in text
    assert 'window: {start: "2024-07-01", end: "2025-05-27"}' in text
    assert 'start: "2025-04-29"' in text
    assert edited(text, {"split": {"recent": None}}).count("recent") == 0


@pytest.mark.parametrize("how", ["keep", "exclude", "weight"])
def test_the_pipeline_leaves_out_whom_the_ladder_left_out(how):
    text = edited(PARAMS, {"monitor": {"retrain": {"treated": "seen_by_team", "feedback": how}}})
    for fix in (Fix.INTERCEPT, Fix.REFIT):
        split = changes_of(Attempt(fix=fix, threshold=0.2), parse(text), WINDOW, ENDED)["split"]
        assert split.get("untreated") == (None if how == "keep" else "seen_by_team")
    assert "split" not in changes_of(Attempt(fix=Fix.THRESHOLD, threshold=0.3), parse(text), WINDOW, ENDED)


def test_params_and_an_outage_bar_fixes():
    space = {"tune": {"space": {"max_iter": [10, 20]}}}
    assert bars_of(parse(edited(PARAMS, space)), ()) == {}
    assert bars_of(parse(PARAMS), ()) == {Fix.SEARCH: "tune.space names no settings to search"}
    few = edited(PARAMS, {**space, "monitor": {"retrain": {"fixes": ["refit", "search"]}}})
    assert set(bars_of(parse(few), ())) == {Fix.THRESHOLD, Fix.INTERCEPT, Fix.PLATT}
    assert "creatinine" in bars_of(parse(few), ("creatinine",))[Fix.SEARCH]


def test_what_is_estimated_without_outcomes_matures_no_window():
    """Both windows have an estimated AUROC; the outcomes of the second are still coming in, and a fit would learn too few events."""
    first, second = (
        Span(name=f"w{k}", start=dt.date(2025, 5, 6 + 7 * k), end=dt.date(2025, 5, 13 + 7 * k)) for k in range(2)
    )

    def signal(window, rule, measure, state):
        value = Estimate(value=0.7 if state is State.ASSESSED else None)
        return Signal(rule=rule, measure=measure, window=window.name, n=500, minimum=30, estimate=value, state=state)

    estimated = [signal(w, "performance.estimated", "auroc_estimated", State.ASSESSED) for w in (first, second)]
    measured = [
        signal(first, "performance.decay", "auroc", State.ASSESSED),
        signal(second, "performance.decay", "auroc", State.IMMATURE),
    ]
    look = MonitorEvidence(
        project="readmission", stage="prod", versions=("v1.0.0",), until=second.end, windows=(first, second),
        answers=1000, outcomes=700, matured=500, signals=(*estimated, *measured),
    )  # fmt: skip
    assert matured_until(look) == first.end
    assert matured_until(look.model_copy(update={"signals": tuple(estimated)})) is None
