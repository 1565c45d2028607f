"""Made-up evidence of a review: simulated scores, real tables, plain normal intervals. No patient stands behind it."""

from __future__ import annotations

import dataclasses
import functools
import math

import numpy as np

from wardround.disclosure import Inside, Published, disclose
from wardround.disclosure.published import KEY as KEY  # noqa: PLC0414 - a property test puts a decision into a sample
from wardround.evidence.comparison import (
    Against,
    Comparison,
    Difference,
    Exclusions,
    GroupDifferences,
    PairedPopulation,
)
from wardround.evidence.decision import Decision, EvidenceUsed, Fact, Finding
from wardround.evidence.measures import (
    Baseline,
    Estimate,
    GroupMeasures,
    Importance,
    Metrics,
    PopulationMeasures,
    ScoreTable,
)
from wardround.report.context import (
    Changes,
    Context,
    DataChange,
    FileChange,
    LineageRow,
    Revision,
    StageRun,
    ValueChange,
)
from wardround.values import Verdict

EDGES = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0)
THRESHOLDS = (0.2, 0.1, 0.3)
HEAD, BASE, ANCHOR = "9f1c2d3e4f5061728394a5b6c7d8e9f001122334", "1a2b3c4d5e6f708192a3b4c5d6e7f80910111213", "0" * 40
BETTER = {"brier": "down", "ici": "down", "oe": "one", "slope": "one", "citl": "zero", "nne": "down"}


class Cohort:
    """Simulated encounters with the probabilities of head and base."""

    def __init__(self, n: int, seed: int, head: float = 1.0, base: float = 0.9) -> None:
        rng = np.random.default_rng(seed)
        self.site = rng.choice(["North", "South", "West"], n, p=[0.5, 0.3, 0.2])
        self.sex = rng.choice(["female", "male", "other"], n, p=[0.52, 0.477, 0.003])
        self.age = rng.choice(["18\u201344", "45\u201364", "65\u201379", "80 and over"], n, p=[0.2, 0.3, 0.3, 0.2])
        risk = rng.normal(-2.2, 0.95, n)
        self.outcome = (rng.random(n) < 1 / (1 + np.exp(-risk))).astype(int)
        noise = rng.normal(0, 1, (2, n))
        self.scores = {
            "head": 1 / (1 + np.exp(-(-2.15 + 0.55 * head * (risk + 2.2) + 0.25 * noise[0]))),
            "base": 1 / (1 + np.exp(-(-2.2 + 0.55 * base * (risk + 2.2) + 0.33 * noise[1]))),
        }

    def groups(self):
        yield "", "", np.ones(len(self.outcome), bool)
        for column in ("sex", "age", "site"):
            values = getattr(self, column)
            for level in sorted(set(values)):
                yield column, str(level), values == level


def auroc(y, p) -> float:
    order = np.argsort(p, kind="stable")
    ranks = np.empty(len(p))
    ranks[order] = np.arange(1, len(p) + 1)
    events = y.sum()
    return float((ranks[y == 1].sum() - events * (events + 1) / 2) / (events * (len(y) - events)))


def measures(y, p, days: float) -> dict[str, Estimate]:
    n, events = len(y), int(y.sum())

    def estimate(value: float, error: float, method: str = "influence") -> Estimate:
        return Estimate(value=value, low=value - 1.96 * error, high=value + 1.96 * error, method=method)

    area, brier = auroc(y, p), float(np.mean((p - y) ** 2))
    rate = events / n
    found = {
        "auroc": estimate(area, 0.3 / math.sqrt(events), "delong"),
        "auprc": estimate(rate * 2.1, 0.3 / math.sqrt(events)),
        "brier": estimate(brier, 0.1 / math.sqrt(n)),
        "scaled_brier": estimate(1 - brier / (rate * (1 - rate)), 0.3 / math.sqrt(n)),
        "oe": estimate(events / float(p.sum()), 1 / math.sqrt(events)),
        "citl": estimate(math.log(events / float(p.sum())), 1 / math.sqrt(events)),
        "slope": estimate(1.04, 1.6 / math.sqrt(events)),
        "intercept": estimate(0.05, 1 / math.sqrt(events)),
        "ici": estimate(0.011, 0.1 / math.sqrt(n)),
        "ece": estimate(0.012, 0.1 / math.sqrt(n)),
    }
    for t in THRESHOLDS:
        alert = p >= t
        tp, fp = int((alert & (y == 1)).sum()), int((alert & (y == 0)).sum())
        fn, tn = events - tp, n - events - fp
        named = {
            "sensitivity": tp / events,
            "specificity": tn / (fp + tn),
            "ppv": tp / max(tp + fp, 1),
            "npv": tn / max(fn + tn, 1),
            "alerts_per_100": 100 * (tp + fp) / n,
            "alerts_per_day": (tp + fp) / days,
            "nne": (tp + fp) / max(tp, 1),
            "net_benefit": tp / n - fp / n * t / (1 - t),
        }
        found |= {f"{name}@{t!r}": estimate(value, abs(value) / math.sqrt(events) / 2) for name, value in named.items()}
    return found


def table(y, p) -> ScoreTable:
    where = np.clip(np.searchsorted(EDGES, p, side="right") - 1, 0, len(EDGES) - 2)
    size = len(EDGES) - 1
    return ScoreTable(
        edges=EDGES,
        n=tuple(np.bincount(where, minlength=size).tolist()),
        events=tuple(np.bincount(where, weights=y, minlength=size).astype(int).tolist()),
        expected=tuple(np.bincount(where, weights=p, minlength=size).tolist()),
    )


def population(name: str, cohort: Cohort, role: str) -> PopulationMeasures:
    groups = []
    for column, level, mask in cohort.groups():
        y, p = cohort.outcome[mask], cohort.scores[role][mask]
        n, events = int(mask.sum()), int(y.sum())
        common = {"column": column, "level": level, "n": n, "events": events, "subjects": n}
        if events < 30:
            groups.append(GroupMeasures(**common, assessed=False, reason="fewer than 30 events"))
        else:
            groups.append(GroupMeasures(**common, measures=measures(y, p, 90), table=table(y, p)))
    return PopulationMeasures(population=name, days=90.0, groups=tuple(groups))


def paired(name: str, cohort: Cohort) -> PairedPopulation:
    groups = []
    head, base = population(name, cohort, "head"), population(name, cohort, "base")
    for one, other in zip(head.groups, base.groups, strict=True):
        differences = []
        for measure, estimate in one.measures.items():
            reference = other.measures[measure]
            value = estimate.value - reference.value
            error = (estimate.high - estimate.low) / 1.96 / 2 * 0.45
            differences.append(
                Difference(
                    measure=measure,
                    better=BETTER.get(measure.partition("@")[0], "up"),
                    reference=reference,
                    head=estimate,
                    difference=Estimate(
                        value=value, low=value - 1.96 * error, high=value + 1.96 * error, method="influence"
                    ),
                    standard_error=error,
                )
            )
        groups.append(
            GroupDifferences(
                column=one.column,
                level=one.level,
                n=one.n,
                events=one.events,
                subjects=one.subjects,
                assessed=one.assessed,
                reason=one.reason,
                differences=tuple(differences),
            )
        )
    return PairedPopulation(population=name, groups=tuple(groups))


@functools.cache
def metrics(new: Cohort, comers: Cohort) -> Metrics:
    everybody = population("new_subjects", new, "head").groups[0]
    baselines = tuple(
        Baseline(
            name=name, populations=(PopulationMeasures(population="new_subjects", days=90.0, groups=(everybody,)),)
        )
        for name in ("prevalence", "logistic_regression")
    )
    importance = tuple(
        Importance(feature=name, drop=Estimate(value=drop, low=drop - 0.004, high=drop + 0.004, method="bootstrap"))
        for name, drop in (
            ("prior_admissions", 0.041),
            ("length_of_stay", 0.018),
            ("haemoglobin", 0.009),
            ("season", 0.001),
        )
    )
    return Metrics(
        thresholds=THRESHOLDS,
        populations=(population("new_subjects", new, "head"), population("all_comers", comers, "head")),
        baselines=baselines,
        importance=importance,
        limitations=("Deaths after discharge are not in the table: they count as no readmission.",),
    )


@functools.cache
def comparison(new: Cohort, comers: Cohort) -> Comparison:
    names = (("new_subjects", new), ("all_comers", comers))
    return Comparison(
        head_commit=HEAD,
        against=(
            Against(
                reference="base",
                commit=BASE,
                test_set="head",
                comparable=True,
                exclusions=Exclusions(
                    test_encounters=len(comers.outcome) + 312,
                    seen_by_head=201,
                    seen_by_reference=111,
                    compared=len(comers.outcome),
                ),
                head=tuple(population(name, cohort, "head") for name, cohort in names),
                measures=tuple(population(name, cohort, "base") for name, cohort in names),
                populations=tuple(paired(name, cohort) for name, cohort in names),
                score_correlation=0.91,
            ),
            Against(
                reference="anchor",
                commit=ANCHOR,
                test_set="head",
                comparable=False,
                reason="its environment could not be made",
            ),
        ),
        resamples=1000,
    )


def finding(rule: str, verdict: Verdict, summary: str, advice: str = "", subject: str = "", *facts: Fact) -> Finding:
    return Finding(rule=rule, verdict=verdict, summary=summary, advice=advice, subject=subject, facts=facts)


def decision(compared: Comparison, verdict: Verdict = Verdict.PASS, outcome: str = "non-inferior") -> Decision:
    difference = compared.against[0].populations[0].groups[0].of("auroc").difference
    events = compared.against[0].populations[0].groups[0].events
    found = [
        finding("lock.fresh", Verdict.PASS, "The lock matches the work tree and the remote holds every object."),
        finding("data.contract", Verdict.PASS, "Every rule of the contract is kept within its tolerance."),
        finding(
            "performance.non_inferiority",
            Verdict.PASS,
            "The AUROC is not worse than that of the base by the margin.",
            "",
            "base, head test set",
            Fact(
                name="difference in AUROC",
                type="measure",
                value=difference.value,
                low=difference.low,
                high=difference.high,
            ),
            Fact(name="margin", type="margin", value=0.01),
            Fact(name="events", type="count", count=events),
        ),
        finding("sites.worst", Verdict.NOT_APPLICABLE, "The rule is switched off in params (base): gate.off names it."),
    ]
    if verdict is not Verdict.PASS:
        found.append(
            finding(
                "calibration.slope",
                verdict,
                "The calibration slope on new subjects lies below its limits, its whole interval too.",
                "The predictions are too extreme: set `train.recalibration` to platt.",
                "",
                Fact(name="calibration slope", type="measure", value=0.71, low=0.64, high=0.78),
                Fact(name="lower limit", type="margin", value=0.8),
            )
        )
    return Decision(
        project="readmission",
        verdict=verdict,
        outcome=outcome,
        subject_digest="sha256:" + "ab" * 32,
        head_commit=HEAD,
        base_commit=BASE,
        judged_by=BASE,
        findings=tuple(found),
        evidence=(
            EvidenceUsed(name="metrics.json", digest="sha256:" + "cd" * 32),
            EvidenceUsed(name="profile.json", digest=""),
        ),
    )


def reveal(**evidence) -> Published:
    """The one door."""
    return disclose(Inside(thresholds=THRESHOLDS, **evidence), min_cell=11)


@functools.cache
def cohorts() -> tuple[Cohort, Cohort]:
    return Cohort(6200, 1), Cohort(9100, 2)


@functools.cache
def publish(verdict: Verdict = Verdict.PASS, outcome: str = "superior") -> Published:
    compared = comparison(*cohorts())
    judged = decision(compared, verdict, outcome)
    return reveal(metrics=metrics(*cohorts()), comparison=compared, decision=judged)


@functools.cache
def first() -> Published:
    """The first version: nothing to compare with."""
    compared = Comparison(head_commit=HEAD, against=(), baseline=True)
    judged = Decision(
        project="readmission",
        verdict=Verdict.PASS,
        outcome="baseline",
        subject_digest="sha256:" + "ab" * 32,
        head_commit=HEAD,
        base_commit=BASE,
        judged_by=BASE,
        findings=(finding("performance.floor", Verdict.PASS, "The AUROC on new subjects reaches the floor."),),
    )
    return reveal(metrics=metrics(*cohorts()), comparison=compared, decision=judged)


def empty(judged: Decision | None = None) -> Published:
    """No evidence at all, or a decision alone."""
    return reveal(decision=judged)


def context(**changed: object) -> Context:
    made = Context(
        project="readmission",
        title="30-day readmission",
        outcome="Unplanned readmission within 30 days of discharge",
        encounter="admission",
        revisions=(
            Revision("head", "feature/haemoglobin", HEAD),
            Revision("base", "main", BASE),
            Revision("anchor", "readmission@v1.0.0", ANCHOR, "approved"),
        ),
        changes=Changes(
            params=(
                ValueChange("model.settings.max_iter", "100", "200"),
                ValueChange("gate.floor.auroc", "0.6", "0.62", judges=True),
            ),
            pipelines=(FileChange("pipelines/features.py", 24, 3),),
            code=(FileChange("docs/picture.png", None, None),),
            framework=(ValueChange("wardround", "0.1.0", "0.1.1"),),
            data=DataChange("md5:1234567890abcdef", "md5:abcdef1234567890", "2023 to 2025", "2023 to 2026"),
        ),
        lineage=(
            LineageRow("model", "md5:" + "0a" * 16, "models/model"),
            LineageRow("environment", "sha256:" + "9b" * 32),
        ),
        stages=(StageRun("ingest", None, reused=True), StageRun("train", 75.2)),
        limitations=("The outcome is known only for patients who come back to the network.",),
        judge_notes=("The gate's params changed: the base's judge.",),
        dirty=True,
        generated=("reports/review.html",),
    )
    return dataclasses.replace(made, **changed)
