"""The verdict in one sentence, and the next step."""

import dataclasses

import pytest
import report_sample as sample

from wardround.disclosure.published import KEY
from wardround.evidence.decision import Decision
from wardround.report import review_editions, sentences
from wardround.report.blocks import Notes
from wardround.report.context import Looks
from wardround.report.words import MARKS, SEVERITIES, listed, plural
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
    assert len({mark.icon for mark in SEVERITIES.values()}) == len({mark.word for mark in SEVERITIES.values()}) == 5


def changed(view, **values):
    """A published value with other fields."""
    return dataclasses.replace(view, key=sample.KEY, **values)


def moved(low, high, outcome="non-inferior", decimals=3):
    """The sentence when the published AUROC difference has these limits."""
    made = sample.publish(Verdict.PASS, outcome)

    def change(item):
        if item.measure != "auroc":
            return item
        quantity = changed(item.difference, value=(low + high) / 2, low=low, high=high, decimals=decimals)
        return changed(item, difference=quantity)

    def cohort(one):
        groups = tuple(
            changed(group, differences=tuple(change(item) for item in group.differences)) for group in one.changes
        )
        return changed(one, changes=groups)

    against = tuple(changed(item, cohorts=tuple(cohort(one) for one in item.cohorts)) for item in made.against)
    return said(changed(made, against=against))


AS_WELL = "The new model ranks new patients about as well as the current one ("
WORSE = "The new model ranks new patients slightly worse than the current one, within the margin ("
NO_WORSE = (
    "The new model ranks new patients no worse than the current one, and is not shown to be better on every test set ("
)


@pytest.mark.parametrize(
    ("low", "high", "begins"),
    [
        (-0.008, -0.001, WORSE),
        (-0.008, -0.0006, WORSE),  # printed as -0.001
        (-0.008, -0.0004, AS_WELL),  # printed as 0.000
        (-0.008, -0.0, AS_WELL),
        (-0.008, 0.0, AS_WELL),
        (-0.004, 0.005, AS_WELL),
        (0.0, 0.01, AS_WELL),
        (0.0004, 0.01, AS_WELL),
        (0.0006, 0.01, NO_WORSE),
        (0.001, 0.01, NO_WORSE),
    ],
)
def test_the_headline_says_on_which_side_of_zero_the_printed_interval_lies(low, high, begins):
    answer = moved(low, high)
    assert answer.startswith(begins)
    assert "every rule passes" in answer


def test_the_printed_decimals_decide():
    assert moved(-0.04, -0.004, decimals=2).startswith(AS_WELL)
    assert moved(-0.04, -0.006, decimals=2).startswith(WORSE)


@pytest.mark.parametrize("outcome", ["superior", "inferior", "underpowered", "unchanged", "not compared"])
def test_only_a_non_inferior_standing_is_refined(outcome):
    assert not moved(-0.008, -0.001, outcome).startswith((WORSE, NO_WORSE))
    assert not moved(0.001, 0.008, outcome).startswith((WORSE, NO_WORSE))


def test_without_an_interval_nothing_is_refined():
    assert sentences.side(None) == 0
    found = sentences.difference(sample.publish())
    bare = changed(found, difference=changed(found.difference, low=None, high=None))
    assert sentences.side(found) == 1
    assert sentences.side(bare) == 0


def test_looks_are_said():
    assert sentences.looked(Looks(1, 0)) == "1 model: 1 on this machine alone"
    assert sentences.looked(Looks(3, 2)) == "3 models: 2 committed, 1 on this machine alone"
    assert sentences.looked(Looks(1200, 1200)) == "1,200 models: 1,200 committed"
    assert sentences.looked(Looks(2, 2, complete=False)).startswith("at least 2 models: 2 committed; ")
    assert sentences.again(None) == sentences.again(Looks(1, 1)) == sentences.again(Looks(1, 1, complete=False)) == ""
    assert "used to judge 2 models; see" in sentences.again(Looks(2, 2))
    assert "used to judge at least 2 models; see" in sentences.again(Looks(2, 1, complete=False))


def test_looks_stand_in_every_edition(published):
    editions = review_editions(published, sample.context(looks=Looks(4, 3)))
    for edition in (editions.html, editions.markdown, editions.comment):
        assert "This test block has been used to judge 4 models" in edition
        assert "Looks at this test block" in edition
        assert "4 models: 3 committed, 1 on this machine alone" in edition
    silent = review_editions(published, sample.context())
    for edition in (silent.html, silent.markdown, silent.comment):
        assert "test block" not in edition


def test_a_draft_that_passes_is_to_be_committed(published):
    def with_lock(summary):
        findings = tuple(
            dataclasses.replace(finding, key=KEY, verdict="not applicable", summary=summary)
            if finding.rule == "lock.fresh"
            else finding
            for finding in published.decision.findings
        )
        assert any(finding.summary == summary for finding in findings)
        return dataclasses.replace(published.decision, key=KEY, verdict="pass", judge_changes=(), findings=findings)

    assert "commit it" in text(sentences.next_step(with_lock("This is a draft: there is no commit.")))
    assert "code owner" in text(sentences.next_step(with_lock("The rule is switched off in params.")))
