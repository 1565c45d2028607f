"""What runs become: groups that add nothing are left out, and causes say no more than was seen."""

import pytest

from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import CauseKind, Severity, Signal
from wardround.monitoring.alarms import Judged, Run
from wardround.monitoring.outcome_rules import WORDS, words
from wardround.monitoring.outcomes.saying import causes, findings, within_limits


def run(rule, measure, value, *, side=1, column="", level="", width=0.1, alert=True):
    estimate = Estimate(value=value, low=value - width, high=value + width)
    signal = Signal(
        rule=rule,
        measure=measure,
        window="w3",
        column=column,
        level=level,
        n=500,
        minimum=30,
        estimate=estimate,
        limits=(0.8, 1.25),
        crossed=True,
    )
    return Run(Judged(signal, side=side), ("w2", "w3"), "w2", alert)


EVERYBODY = run("calibration.decay", "oe", 1.6)


def test_a_group_that_moved_with_everybody_says_nothing_of_its_own():
    group = run("calibration.decay", "oe", 1.65, column="sex", level="f")
    further = run("calibration.decay", "oe", 2.4, column="site", level="north")
    assert [item.subject for item in findings([EVERYBODY, group, further])] == ["", "site=north"]


def test_a_group_speaks_where_everybody_is_calmer():
    calm = run("calibration.decay", "oe", 1.6, alert=False)
    group = run("calibration.decay", "oe", 1.65, column="sex", level="f")
    other = run("calibration.decay", "oe", 0.5, side=-1, column="sex", level="m")
    told = findings([calm, group, other])
    assert [(item.subject, item.severity) for item in told] == [
        ("", Severity.WARNING),
        ("sex=f", Severity.ALERT),
        ("sex=m", Severity.ALERT),
    ]


@pytest.mark.parametrize(
    ("rule", "measure", "side", "most"),
    [
        ("performance.estimated", "auroc_estimated", -1, Severity.WARNING),
        ("workload.scores", "score_psi", 1, Severity.WARNING),
        ("service.pipeline", "failed_runs", 1, Severity.WARNING),
        ("performance.decay", "ppv@0.2", -1, Severity.ALERT),
        ("value.kpi", "cost_per_found", 1, Severity.ALERT),
    ],
)
def test_some_rules_never_alarm(rule, measure, side, most):
    (told,) = findings([run(rule, measure, 0.5, side=side)])
    assert told.severity is most


def test_a_changed_rate_claims_no_more_than_was_seen():
    (cause,) = causes([EVERYBODY], [EVERYBODY.last])
    assert cause.kind is CauseKind.PRIOR
    assert "too few events" in cause.summary
    region = run("calibration.concept", "odds_region", 1.0, side=0, column="x", level="lowest quarter").last
    (cause,) = causes([EVERYBODY], [EVERYBODY.last, region])
    assert "by one amount for all" in cause.summary


def test_a_loss_that_nothing_explains_is_unknown():
    worse = run("performance.decay", "auroc", 0.6, side=-1, column="site", level="north")
    (cause,) = causes([worse], [worse.last])
    assert (cause.kind, cause.subject) == (CauseKind.UNKNOWN, "site=north")


def test_the_score_is_no_input_where_an_input_is_off():
    score = run("calibration.concept", "odds_region", 9.0, column="(score)", level=">=0.3")
    x = run("calibration.concept", "odds_region", 2.0, column="x", level="lowest quarter")
    assert causes([score, x], [])[0].subject == "x=lowest quarter"
    assert causes([score], [])[0].subject == "(score)=>=0.3"


def test_within_limits_is_a_note_and_needs_persistence():
    def oe(window, value):
        signal = EVERYBODY.last.signal.model_copy(
            update={
                "window": window,
                "estimate": Estimate(value=value, low=value - 0.05, high=value + 0.05),
                "crossed": False,
            }
        )
        return Judged(signal)

    order = ["w1", "w2", "w3"]
    (note,) = within_limits([oe("w3", 1.1), oe("w1", 1.0), oe("w2", 1.12)], order, (2, 3))
    assert (note.severity, note.windows, note.since) == (Severity.NOTE, ("w2", "w3"), "w2")
    assert not within_limits([oe("w1", 1.0), oe("w2", 1.0), oe("w3", 1.1)], order, (2, 3))
    assert not within_limits([oe("w1", 0.9), oe("w2", 0.9), oe("w3", 1.1)], order, (2, 3))


def test_every_word_is_plain_and_holds_no_number():
    for key in WORDS:
        said = words(*key)
        assert said.summary.endswith(".")
        assert not any(character.isdigit() for character in said.summary + said.advice)
