"""The verdict in one sentence, and the next step."""

import dataclasses

import report_sample as sample

from wardround.evidence.decision import Decision
from wardround.report import sentences
from wardround.report.blocks import Notes
from wardround.report.words import MARKS, listed, plural
from wardround.values import Verdict


def text(spans):
    return "".join(span.text for span in spans).replace("\u00a0", " ")


def said(published):
    return text(sentences.answer(published, sample.context(), Notes()).sentence)


def test_a_pass_gives_the_numbers(published):
    answer = said(published)
    assert answer.startswith(
        "The new model ranks new patients better than the current one (AUROC 0.679 \u2192 0.707, difference +0.028"
    )
    assert "95 % interval +0.018 to +0.037; margin \u22120.010), and every rule passes." in answer


def test_a_refusal_names_the_rule_and_the_advice(refused):
    assert said(refused).endswith("1 rule refuses the change (calibration.slope).")
    assert "train.recalibration" in text(sentences.next_step(refused.decision))


def test_a_refusal_outranks_what_cannot_be_told():
    compared = sample.comparison(*sample.cohorts())
    made = sample.decision(compared, Verdict.REFUSE)
    unsure = sample.finding("utility.workload", Verdict.CANNOT_TELL, "No days.", "Give a time column.")
    made = made.model_copy(update={"findings": (unsure, *made.findings)})
    published = sample.reveal(comparison=compared, metrics=sample.metrics(*sample.cohorts()), decision=made)
    assert "refuses the change (calibration.slope), and 1 rule cannot tell." in said(published)
    assert sentences.first_blocking(published.decision).rule == "calibration.slope"


def test_every_outcome_has_a_sentence():
    for outcome in ("superior", "non-inferior", "inferior", "underpowered", "baseline", "unchanged", "not compared"):
        made = sample.empty(
            sample.decision(sample.comparison(*sample.cohorts()), Verdict.CANNOT_TELL, outcome)
        ).decision
        answer = said(dataclasses.replace(sample.publish(), key=sample.KEY, decision=made))
        assert answer.endswith("1 rule cannot tell (calibration.slope).")
        assert "{" not in answer


def test_first_version_shows_its_own_auroc():
    answer = said(sample.first())
    assert answer.startswith("This is the first version, so absolute limits decide and not a comparison (AUROC 0.7")


def test_no_decision_cannot_tell():
    answer = sentences.answer(sample.empty(), sample.context(), Notes())
    assert answer.verdict == Verdict.CANNOT_TELL
    assert "There is no decision" in text(answer.sentence)


def test_a_pass_that_changes_the_judge_asks_its_owners(published):
    made = sample.decision(sample.comparison(*sample.cohorts())).model_copy(update={"judge_changes": ("gate",)})
    view = sample.empty(made).decision
    assert "owners of the gate" in text(sentences.next_step(view))
    assert "code owner" in text(sentences.next_step(published.decision))


def test_no_findings_at_all():
    made = Decision(
        project="p",
        verdict=Verdict.CANNOT_TELL,
        outcome="not compared",
        subject_digest="s",
        head_commit="a",
        base_commit="b",
        judged_by="b",
        findings=(),
    )
    published = sample.empty(made)
    assert said(published).endswith("no rule could judge it.")
    assert "wardround review" in text(sentences.next_step(published.decision))


def test_small_words():
    assert (plural(1, "rule"), plural(2, "rule")) == ("1 rule", "2 rules")
    assert [listed(names) for names in ([], ["a"], ["a", "a"], ["a", "b"], ["a", "b", "c", "d", "e"])] == [
        "",
        "a",
        "a",
        "a and b",
        "a, b, c and 2 more",
    ]
    assert len({mark.icon for mark in MARKS.values()}) == len({mark.word for mark in MARKS.values()}) == 4
