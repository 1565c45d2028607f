"""The ladder on Israel's COVID-19 tests of 2020: what maintained predictions must reach, and what no refit brings back."""

import datetime as dt
import importlib.util
import sys

import numpy as np
import pytest

from wardround.evidence.monitor import CauseKind
from wardround.evidence.retraining import Fix

pytestmark = [pytest.mark.slow, pytest.mark.shared_data]
MAY = (dt.date(2020, 5, 1), dt.date(2020, 6, 1))
AUTUMN = dt.date(2020, 9, 2)


@pytest.fixture(scope="module")
def script(repository):
    """The benchmark that replays the weeks."""
    path = repository / "benchmarks" / "replay_israel.py"
    spec = importlib.util.spec_from_file_location("replay_israel", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["replay_israel"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["replay_israel"]


@pytest.fixture(scope="module")
def tests(script, shared_data):
    """All tests with a result."""
    return script.load(shared_data / "israel_covid_tests" / "corona_tested_individuals_ver_0083.parquet")


@pytest.fixture(scope="module")
def told(script, tests):
    """The replay of every week."""
    return script.replay(tests)


def test_the_frozen_model_fails_as_is_known(told):
    lowest = min(told.weeks, key=lambda week: week.frozen[0])
    highest = max(told.weeks, key=lambda week: week.frozen[0])
    assert MAY[0] <= lowest.start < MAY[1]
    assert lowest.frozen[0] == pytest.approx(0.11, abs=0.02)
    assert highest.start.month == 9
    assert highest.frozen[0] == pytest.approx(2.6, abs=0.05)
    assert highest.frozen_auroc == pytest.approx(0.71, abs=0.01)


def test_maintained_predictions_reach_what_is_asked_for(script, told):
    found = script.facts(told)
    assert found["live"] <= 0.40 * min(found["frozen"], 0.80)
    assert found["live within 1.25"] >= 0.40
    assert found["live within 1.5"] >= 0.75
    assert found["fitting week, worst"] <= 0.01
    assert found["after alarms, live"] <= 0.5 * found["after alarms, frozen"]
    assert 0.75 <= found["autumn fortnight"] <= 1.33


def test_the_outage_of_age_and_sex_leads_to_an_issue_and_to_no_refit(told):
    may = [week for week in told.weeks if MAY[0] <= week.start < MAY[1]]
    assert {cause.subject for week in may for cause in week.issue} == {"age_60_and_above", "gender"}
    assert all(cause.kind is CauseKind.OUTAGE for week in may for cause in week.issue)
    tried = [week.climb for week in may if week.climb is not None]
    assert tried
    for climb in tried:
        refit = next(item for item in climb.attempts if item.fix is Fix.REFIT)
        assert "would learn" in refit.unable
        assert climb.chosen.fix in (Fix.INTERCEPT, Fix.PLATT)


def test_an_outage_that_makes_the_miscalibration_by_itself_waits(script, tests):
    """The week before the pandemic's course changed, once as it was and once with the columns lost that the model leans on."""
    training = tests.between(-10, 0)
    live = script.Live(script.fit_model(tests, training))
    gone = ("test_indication", "head_ache", "fever")
    matrix = tests.matrix[training].copy()
    matrix[:, tests.spec.positions(gone)] = np.nan
    alone = float(tests.outcome[training].sum() / live.probabilities(matrix).sum())
    assert alone > 1.25
    assert script._outage_explains(tests, training, live, gone, alone)
    assert not script._outage_explains(tests, training, live, gone, 0.2)


def test_nobody_claims_to_repair_discrimination_in_september(told):
    autumn = next(week for week in told.weeks if week.alarm and week.start >= AUTUMN)
    assert autumn.climb.chosen is not None
    assert any(line.startswith("AUROC") for line in autumn.climb.unrepaired)
    refit = next(item for item in autumn.climb.attempts if item.fix is Fix.REFIT)
    assert refit.measures["auroc"].high < 0.80


def test_a_refit_survives_a_window_without_a_single_value_of_a_feature(script, tests):
    rows = tests.between(21, 49)
    assert np.isnan(tests.matrix[rows][:, tests.spec.positions(("age_60_and_above",))]).mean() > 0.99
    blank = tests.matrix.copy()
    blank[np.ix_(rows, tests.spec.positions(("age_60_and_above", "gender")))] = np.nan
    made = script.fit_model(script.Tests(blank, tests.outcome, tests.day, tests.spec), rows)
    assert made.inert == ("age_60_and_above", "gender")
    assert np.isfinite(made.probabilities(tests.matrix[:1000])).all()
