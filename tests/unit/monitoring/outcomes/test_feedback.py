"""A look at a ward whose alerts lead to treatment: kept, left out, weighted for, and where nobody can tell."""

import csv
import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from wardround.disclosure.watching import watched
from wardround.errors import UsageError
from wardround.evidence.monitor import MonitorEvidence, Severity, State
from wardround.monitoring.outcomes import look
from wardround.project.params import parse

KPI = {"name": "benefit", "kind": "net_benefit", "because": "net benefit at the operating threshold"}


START = dt.date(2026, 3, 2)
COLUMNS = ("encounter", "event", "recorded", "treated", "chance")


@dataclass
class Ward:
    """Alerts (0.3 and more) are treated with the probability ``chance`` of the logit, and treatment averts ``averted`` of the events."""

    world: Any

    def treats(self, days, n=150, *, seed=1, chance=lambda logits: expit(0.8 * logits + 0.4), averted=0.7):
        draw, rows = np.random.default_rng(seed), self.world.rows
        for place in range(days):
            x, z = draw.normal(size=n), draw.normal(size=n)
            logits = -1.5 + x + 0.5 * z
            probability = expit(logits)
            risk = np.where(probability >= 0.3, chance(logits), 0.0)
            treated = draw.random(n) < risk
            happened = (draw.random(n) < probability) & ~(treated & (draw.random(n) < averted))
            day = START + dt.timedelta(days=place)
            names = [f"t{place}-{k}" for k in range(n)]
            begun = (day - dt.date(1970, 1, 1)).days * 86_400_000_000
            moment = begun + np.sort(draw.integers(0, 86_400_000_000, n))
            sex, site = draw.choice(["f", "m"], n), draw.choice(["north", "south"], n)
            self.world.write(day, names, moment, probability, x=x, sex=sex, site=site)
            recorded = (day + dt.timedelta(days=1)).isoformat() + "T12:00:00Z"
            for name, event, was, share in zip(names, happened, treated, risk, strict=True):
                rows.append((name, int(event), recorded, "yes" if was else "", f"{share:.6f}"))
        place = self.world.root / "outcomes" / "outcomes.csv"
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            writer.writerows(rows)

    def looked(self, weeks=1, **outcome):
        params = self.world.params(treated="treated", kpis=[KPI], **outcome)
        return look(self.world.request(weeks, params=params))


@pytest.fixture
def ward(world):
    return Ward(world)


def signals(found, measure, column="", window="w1"):
    return [s for s in found.signals if (s.measure, s.column, s.window) == (measure, column, window)]


def one(found, measure):
    (signal,) = signals(found, measure)
    return signal


def told(found):
    return [item for item in found.findings if item.rule == "labels.feedback"]


def test_kept_excluded_and_weighted(ward):
    ward.treats(7, 300)
    kept, left, weighted = (ward.looked(feedback=how) for how in ("keep", "exclude", "weight"))
    assert one(kept, "oe").estimate.high < 1
    assert kept.findings  # a false alarm of calibration, and the loop named
    for found in (left, weighted):
        oe = one(found, "oe")
        assert oe.state is State.ASSESSED
        assert oe.estimate.low < 1 < oe.estimate.high
        assert oe.n == one(left, "oe").n < one(kept, "oe").n
        assert one(found, "slope").state is State.ASSESSED
    assert one(weighted, "oe").estimate.method == "weighted"
    assert "stand for the treated" in one(weighted, "oe").note
    assert "left out" in one(left, "oe").note
    # ranking and value: lost with the high scores that are missing, and brought back by weights
    for measure in ("auroc", "ppv@0.3", "benefit_per_100"):
        assert one(left, measure).state is State.UNAVAILABLE
        assert "cannot tell" in one(left, measure).note
        assert one(weighted, measure).state is State.ASSESSED
    assert one(weighted, "auroc").estimate.value > one(kept, "auroc").estimate.value
    assert {s.state for s in signals(left, "sensitivity_gap", "sex")} == {State.UNAVAILABLE}
    assert {s.state for s in signals(weighted, "sensitivity_gap", "sex")} == {State.ASSESSED}
    assert {s.level for s in signals(weighted, "oe", "sex") if s.state is State.ASSESSED} == {"f", "m"}
    for found, word in ((kept, "count as they are"), (left, "are left out"), (weighted, "stand for the treated")):
        (finding,) = told(found)
        assert finding.severity is Severity.NOTE
        assert word in finding.summary
        assert finding.facts[0].count == sum(row[3] == "yes" for row in ward.world.rows)


def test_a_loop_that_is_kept_alarms_and_one_that_is_weighted_for_does_not(ward):
    ward.treats(21, 300, averted=0.9)
    alarms = {
        how: {item.rule for item in ward.looked(3, feedback=how).findings if item.severity is Severity.ALERT}
        for how in ("keep", "exclude", "weight")
    }
    assert "calibration.decay" in alarms["keep"]
    assert alarms["exclude"] == alarms["weight"] == set()


def test_a_declared_propensity_and_inputs_to_adjust_for(ward):
    ward.treats(7, 300)
    for more in ({"propensity": "chance"}, {"adjust": ["x"]}):
        oe = one(ward.looked(feedback="weight", **more), "oe")
        assert oe.estimate.low < 1 < oe.estimate.high
    (finding, *_) = [
        f for f in told(ward.looked(feedback="weight", adjust=["lactate"])) if f.severity is Severity.WARNING
    ]
    assert "does not hold lactate" in finding.summary


def test_when_every_alert_is_treated_nobody_can_tell(ward):
    ward.treats(7, 300, chance=np.ones_like)
    found = ward.looked(feedback="weight")
    for measure in ("oe", "auroc"):
        assert one(found, measure).state is State.UNAVAILABLE
        assert one(found, measure).estimate.value is None
        assert "cannot tell" in one(found, measure).note
    assert not signals(found, "slope")
    note, warning = told(found)
    assert (note.severity, warning.severity) == (Severity.NOTE, Severity.WARNING)
    assert "no chance to stay untreated" in warning.summary
    assert {item.rule for item in found.findings if item.severity is Severity.ALERT} == set()


def test_what_is_published_of_weights_gives_no_count_back(ward):
    ward.treats(7, 300)
    found = ward.looked(feedback="weight")
    request = ward.world.request(1)
    evidence = MonitorEvidence(
        project="made-up",
        stage="prod",
        versions=found.versions,
        until=request.until,
        windows=request.windows,
        answers=found.answers,
        outcomes=found.outcomes,
        matured=found.matured,
        signals=found.signals,
        findings=found.findings,
    )
    view = next(s for s in watched(evidence, min_cell=11).signals if (s.measure, s.column) == ("oe", ""))
    inside = one(found, "oe")
    assert view.n.value == round(inside.n, -1)
    assert view.estimate.value == round(inside.estimate.value, 2)
    assert (view.estimate.low, view.estimate.high) == (round(inside.estimate.low, 2), round(inside.estimate.high, 2))
    few = tuple(item.model_copy(update={"events": 5}) for item in found.signals if item is inside)
    (view,) = watched(evidence.model_copy(update={"signals": few}), min_cell=11).signals
    assert view.estimate.value is None


@pytest.mark.parametrize(
    "section",
    [
        "feedback: weight",
        "feedback: exclude",
        "treated: t, propensity: p",
        "treated: t, feedback: weight, propensity: p, adjust: [x]",
    ],
)
def test_settings_that_make_no_sense_are_refused(section):
    text = (
        "project: {name: made-up}\ndata: {source: files, path: x.csv, columns: {outcome: event}}\n"
        "evaluate: {thresholds: [0.3]}\nmonitor: {%s: {%s}}\n"
    )
    for place in ("outcome", "retrain"):
        with pytest.raises(UsageError, match=r"treated|propensity"):
            parse(text % (place, section))
