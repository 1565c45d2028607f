"""Sections that need more evidence than the usual sample: the data, simple models, what is left out and withheld."""

import dataclasses

import pytest
import report_sample as sample

from wardround.evidence.comparison import Comparison, Exclusions
from wardround.evidence.measures import Estimate, GroupMeasures, HeldOutSite, Perturbation
from wardround.evidence.profile import ColumnProfile, LevelCounts, Profile
from wardround.evidence.validation import CheckResult, Validation
from wardround.report import cells
from wardround.report.blocks import BREAK, DASH, Kind, Notes
from wardround.report.blocks import Span as S
from wardround.report.context import Changes, DataChange, FileChange, ValueChange
from wardround.report.markdown import Style, inline
from wardround.report.markdown import section as rendered
from wardround.report.sections import changes, data, findings, lineage, model, performance
from wardround.values import Verdict


def words(section):
    return rendered(section, Style(pictures="")).replace("\u00a0", " ")


def profile(missing, male, rows=1000):
    sex = LevelCounts(counts={"female": rows - male - missing, "male": male})
    column = ColumnProfile(name="sex", kind="category", rows=rows, missing=missing, levels=sex)
    return Profile(rows=rows, columns=(column,))


def validation(*checks):
    return Validation(contract="Encounters", rows=1000, columns=2, checks=checks, verdict=Verdict.REFUSE)


def test_failures_are_listed_and_silence_is_not():
    broken = CheckResult(
        rule="range",
        column="age",
        failures=120,
        rows=1000,
        share=0.12,
        tolerance=0.01,
        verdict=Verdict.REFUSE,
        by_site={"North": 70, "South": 50},
    )
    fine = [
        CheckResult(rule="required", column=name, failures=0, rows=1000, share=0.0, verdict=Verdict.PASS)
        for name in "ab"
    ]
    text = words(data.section(sample.reveal(validation=validation(broken, *fine)), Notes()))
    assert "| `range` | `age`" in text
    assert "| 120 | 12 % | 1 % | \u26d4 Refuse |" in text
    assert "required" not in text
    assert "2 further checks of the contract passed or did not apply." in text


def test_columns_that_moved_come_first():
    before, after = profile(150, 700, 1500), profile(300, 300)
    text = words(data.section(sample.reveal(profile=after, base_profile=before), Notes()))
    assert "base 1,500, head 1,000" in text
    assert "| `sex`<br>female 48 % \u2192 57 %, male 52 % \u2192 43 % | 10 % | 30 % |" in text
    assert data.section(sample.empty(), Notes()) is None


def test_more_about_the_model():
    metrics = sample.metrics(*sample.cohorts())
    everybody = metrics.populations[0].groups[0]
    area = Estimate(value=0.70, low=0.67, high=0.73, method="delong")
    metrics = metrics.model_copy(
        update={
            "robustness": (
                Perturbation(name="noise", description="input noise", auroc=area, mean_absolute_change=0.011),
            ),
            "held_out_sites": (
                HeldOutSite(site="North", measures=everybody),
                HeldOutSite(
                    site="Tiny", measures=GroupMeasures(n=5, events=1, subjects=5, assessed=False, reason="few")
                ),
            ),
        }
    )
    text = words(model.section(sample.reveal(metrics=metrics), Notes()))
    assert "| **new model** |" in text
    assert "logistic regression" in text
    assert "`prior_admissions`" in text
    assert "input noise" in text
    assert "North" in text
    assert "| Tiny | *" in text
    assert model.section(sample.empty(), Notes()) is None


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (
            Exclusions(test_encounters=10_000, seen_by_head=800, seen_by_reference=700, compared=9_100),
            "by the new model 800, by the current model 700",
        ),
        (
            Exclusions(test_encounters=9_103, seen_by_head=2, seen_by_reference=1, compared=9_100),
            "had seen the patient, is *withheld*",
        ),
    ],
)
def test_what_was_left_out(left, said):
    compared = sample.comparison(*sample.cohorts())
    against = compared.against[0].model_copy(update={"exclusions": left})
    published = sample.reveal(comparison=compared.model_copy(update={"against": (against,)}))
    text = words(performance.section(published, sample.context(), Notes()))
    assert "Both models predict the same admissions: 9,100" in text
    assert said in text


def test_anchor_and_own_test_set_are_folded_after_the_base():
    first = sample.comparison(*sample.cohorts()).against[0]
    others = [first.model_copy(update=update) for update in ({"reference": "anchor"}, {"test_set": "reference"})]
    compared = Comparison(head_commit=sample.HEAD, against=(others[0], first, others[1]))
    published = sample.reveal(comparison=compared, metrics=sample.metrics(*sample.cohorts()))
    text = words(performance.section(published, sample.context(), Notes()))
    table = text.index("| AUROC |")
    assert (
        table < text.index("<summary>Against the anchor model") < text.index("on the test set of the reference itself")
    )


def test_nothing_changed_and_much_changed():
    same = Changes(data=DataChange("md5:1", "md5:1"))
    assert same.nothing
    assert "Nothing that makes the model differs" in words(changes.section(sample.context(changes=same, dirty=False)))
    first = Changes(data=DataChange("", "md5:1"))
    assert changes.summary(first) == "Changed: the data (the base has none yet)."
    many = Changes(
        params=tuple(ValueChange(f"k{i}", "", str(i)) for i in range(changes.OPEN_ROWS + 1)),
        code=(FileChange("a.bin", None, None), FileChange("b.py", 1200, 0)),
        data=DataChange("md5:1", "md5:1"),
    )
    text = words(changes.section(sample.context(changes=many)))
    assert "<summary>Parameters that changed (13 rows)</summary>" in text
    assert "The data are the same, byte by byte." in text
    assert "| `a.bin` | binary | binary |" in text
    assert "| `b.py` | +1,200 | 0 |" in text
    assert f"| `k0` | {DASH} | `0` |" in text
    assert changes.section(sample.context(changes=None)) is None


def test_rows_of_data_are_published_counts():
    count = sample.publish().versus("base").exclusions
    change = Changes(data=DataChange("md5:1", "md5:2", rows_before=count.compared, rows_after=count.seen_by_head))
    text = words(changes.section(sample.context(changes=change)))
    assert "| Rows, rounded | 9,100 | withheld: small numbers |" in text


def test_findings_say_what_is_edited():
    made = sample.decision(sample.comparison(*sample.cohorts())).model_copy(
        update={"judge_changes": ("gate", "evaluate")}
    )
    text = words(findings.section(sample.empty(made).decision, sample.context(), Notes()))
    assert "edits take effect after the merge: gate, evaluate." in text
    assert "No rule judged" in words(findings.section(None, sample.context(), Notes()))


def test_lineage_tells_a_digest_once():
    text = words(
        lineage.section(
            sample.publish().decision, sample.context(lineage=(sample.LineageRow("head commit", sample.HEAD),))
        )
    )
    assert text.count(sample.HEAD) == 1
    bare = sample.context(lineage=(), stages=(), generated=(), revisions=())
    assert "Nothing is known" in words(lineage.section(None, bare))


def test_coarse_areas_say_so():
    found = sample.first().cohort("new_subjects").model("head").group("all").measures["auroc"]
    coarse = dataclasses.replace(found, key=sample.KEY, origin="table")
    assert inline(cells.ranking("auroc", coarse)) == "AUROC<br>from the published score bins, too low by their width"
    assert inline(cells.ranking("auroc", dataclasses.replace(found, key=sample.KEY, origin="scores"))) == "AUROC"
    assert inline(cells.ranking("oe", coarse)) == "Observed / expected"


def test_spans_become_markdown():
    spans = (
        S("a "),
        S("b", Kind.STRONG),
        BREAK,
        S("c", Kind.EMPHASIS),
        S("withheld", Kind.WITHHELD, "a"),
        S("pass", Kind.VERDICT),
    )
    assert inline(spans) == "a **b**<br>*c**withheld* (a)\u2705 Pass"
