"""Evidence of an imaginary healthy model, from which one fault at a time is made: for the self-test and for tests.

All numbers are invented (project choice): a 30-day outcome at 12 %, AUROC 0.72, six thousand new subjects at two sites.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wardround.evidence.base import Evidence, Read
from wardround.evidence.comparison import Against, Comparison, Difference, GroupDifferences, PairedPopulation
from wardround.evidence.features import FeatureColumn, FeaturesEvidence, Leak, Probe
from wardround.evidence.lock import LockCheck
from wardround.evidence.measures import Estimate, GroupMeasures, Metrics, PopulationMeasures
from wardround.evidence.profile import ColumnProfile, LevelCounts, Profile
from wardround.evidence.split import SplitEvidence, SplitFacts
from wardround.evidence.training import Environment, Parity, Sample, SingleFeature, TrainingEvidence
from wardround.evidence.validation import CheckResult, Validation
from wardround.files import sha256_json
from wardround.gate.facts import Z
from wardround.gate.request import JudgeRequest
from wardround.project.params import Params, from_mapping
from wardround.values import Verdict

DATA = "sha256:data"
HEAD, BASE, ANCHOR = "a" * 40, "b" * 40, "c" * 40
#: The groups of the specimen: (column, level). Sex is mandatory.
GROUPS = (("sex", "F"), ("sex", "M"), ("site", "north"), ("site", "south"))


def params(**sections: Any) -> Params:
    """Params with a mandatory grouping, a site column and limits of alerts; ``sections`` replace whole sections."""
    raw: dict[str, Any] = {
        "project": {"name": "specimen"},
        "data": {"source": "synthetic", "columns": {"outcome": "readmitted", "site": "hospital", "time": "admitted"}},
        "evaluate": {"thresholds": [0.2], "subgroups": [{"column": "sex", "mandatory": ["F", "M"]}]},
        "gate": {"utility": {"alerts_per_day": 20, "alerts_per_100": 15}},
    }
    return from_mapping({**raw, **sections})


def estimate(value: float, half: float) -> Estimate:
    """A number with a symmetric interval."""
    return Estimate(value=value, low=value - half, high=value + half, method="influence")


def measures(**changed: Estimate | None) -> dict[str, Estimate]:
    """Healthy measures of one group; ``changed`` replaces (or with None removes) some, ``__`` standing for ``@0.2``."""
    healthy: dict[str, Estimate | None] = {
        "auroc": estimate(0.72, 0.02),
        "slope": estimate(1.0, 0.12),
        "oe": estimate(1.02, 0.07),
        "sensitivity@0.2": estimate(0.5, 0.04),
        "net_benefit@0.2": estimate(0.02, 0.006),
        "alerts_per_100@0.2": estimate(10.0, 1.0),
        "alerts_per_day@0.2": estimate(12.0, 1.5),
    }
    healthy |= {key.replace("__", "@0.2"): value for key, value in changed.items()}
    return {key: value for key, value in healthy.items() if value is not None}


def group(
    column: str = "", level: str = "", size: tuple[int, int] = (6000, 720), **changed: Estimate | None
) -> GroupMeasures:
    """A group of ``size`` (encounters, events) with healthy measures but for ``changed``."""
    n, events = size
    return GroupMeasures(
        column=column, level=level, n=n, events=events, subjects=n * 9 // 10, measures=measures(**changed)
    )


def metrics(*changed: GroupMeasures, **everybody: Estimate | None) -> Metrics:
    """Healthy metrics; ``changed`` groups take the place of those of their name, ``everybody`` changes all encounters."""
    by_name = {item.name: item for item in changed}
    groups = [group("", "", (6000, 720), **everybody), *(group(column, level, (3000, 360)) for column, level in GROUPS)]
    groups = [by_name.get(item.name, item) for item in groups]
    populations = tuple(
        PopulationMeasures(population=name, days=180.0, groups=tuple(groups)) for name in ("new_subjects", "all_comers")
    )
    return Metrics(thresholds=(0.2,), populations=populations)


def difference(measure: str, value: float, error: float) -> Difference:
    """Head minus reference with its standard error; with error 0 the interval is the number itself."""
    gap = Estimate(value=value, low=value - Z * error, high=value + Z * error, method="influence")
    own = Estimate(value=0.72, low=0.70, high=0.74, method="influence")
    return Difference(measure=measure, better="up", reference=own, head=own, difference=gap, standard_error=error)


def against(  # noqa: PLR0913 - each is one thing that a test changes
    reference: str = "base",
    *,
    auroc: tuple[float, float] = (0.002, 0.003),
    net_benefit: tuple[float, float] = (0.0, 0.001),
    groups: Mapping[str, tuple[float, float]] | None = None,
    found: Mapping[str, tuple[float, float]] | None = None,
    test_set: str = "head",
    size: tuple[int, int] = (20_000, 2400),
) -> Against:
    """A comparison: (difference, standard error) of everybody, and of each group by its name.

    ``groups`` are differences in AUROC, ``found`` in sensitivity; sex=F loses sensitivity unless it says otherwise, so that
    a gap planted there is the change's own.
    """
    caught = {"sex=F": (-0.2, 0.02)} | dict(found or {})
    n, events = size
    inside = {f"{column}={level}": (0.0, 0.006) for column, level in GROUPS} | dict(groups or {})
    paired = [
        GroupDifferences(
            n=n,
            events=events,
            subjects=n,
            differences=(difference("auroc", *auroc), difference("net_benefit@0.2", *net_benefit)),
        )
    ]
    for column, level in GROUPS:
        name = f"{column}={level}"
        own = (
            difference("auroc", *inside[name]),
            difference("sensitivity@0.2", *caught.get(name, (0.0, 0.01))),
        )
        paired.append(
            GroupDifferences(column=column, level=level, n=n // 2, events=events // 2, subjects=n // 2, differences=own)
        )
    return Against(
        reference=reference,
        commit=BASE if reference == "base" else ANCHOR,
        test_set=test_set,
        comparable=True,
        populations=(PairedPopulation(population="new_subjects", groups=tuple(paired)),),
        score_correlation=0.9,
    )


def comparison(*items: Against) -> Comparison:
    """A comparison with these references; with none given, with a healthy base and anchor."""
    return Comparison(head_commit=HEAD, against=items or (against("base"), against("anchor")))


def validation(*failing: tuple[str, str, float]) -> Validation:
    """A validation whose ``failing`` checks (rule, column, share of rows) exceed no tolerance at all."""
    rows = 30_000
    fine = CheckResult(rule="range", column="age", failures=0, rows=rows, share=0.0, verdict=Verdict.PASS)
    bad = tuple(
        CheckResult(
            rule=rule, column=column, failures=round(share * rows), rows=rows, share=share, verdict=Verdict.REFUSE
        )
        for rule, column, share in failing
    )
    return Validation(
        contract="Encounters",
        rows=rows,
        columns=12,
        checks=(fine, *bad),
        verdict=Verdict.REFUSE if bad else Verdict.PASS,
    )


def profile(rows: int = 30_000, *, women: float = 0.5, missing: float = 0.05) -> Profile:
    """A table in which that share are women, and that share of creatinine classes is missing."""
    female, gone = round(rows * women), round(rows * missing)
    low = (rows - gone) // 2
    return Profile(
        rows=rows,
        columns=(
            ColumnProfile(
                name="sex",
                kind="category",
                rows=rows,
                missing=0,
                levels=LevelCounts(counts={"F": female, "M": rows - female}),
            ),
            ColumnProfile(
                name="creatinine",
                kind="category",
                rows=rows,
                missing=gone,
                levels=LevelCounts(counts={"low": low, "high": rows - gone - low}),
            ),
        ),
    )


def features(*leaking: Leak, probed: int = 200) -> FeaturesEvidence:
    """Two features, of which ``leaking`` may know the future."""
    return FeaturesEvidence(
        columns=(FeatureColumn(name="age", missing=0), FeatureColumn(name="earlier_stays", missing=0)),
        encounters=30_000,
        parts=(),
        data_digest=DATA,
        withheld=("readmitted",),
        probe=Probe(subjects=probed, encounters=probed * 3, leaking=leaking, reason="" if probed else "it is off"),
    )


def training(age: float = 0.58) -> TrainingEvidence:
    """A training in which ``age`` alone reaches that AUROC."""
    return TrainingEvidence(
        estimator="HistGradientBoostingClassifier",
        settings={},
        seeds={"model": 1},
        data_digest=DATA,
        code_digest="sha256:code",
        artifact_digest="sha256:model",
        training=Sample(n=18_000, events=2160, subjects=15_000),
        imbalance="none",
        prior_shift=0.0,
        recalibration=None,
        recalibrated_on=None,
        parity=Parity(form="treelite", difference=0.0, limit=1e-9),
        single_features=(
            SingleFeature(feature="age", auroc=age),
            SingleFeature(feature="earlier_stays", auroc=0.66),
        ),
        golden_encounters=25,
        environment=Environment(python="3.11", platform="linux", libraries={}),
    )


def split(overlap: int = 0, test: int = 6000) -> SplitEvidence:
    """A split by time, with ``overlap`` subjects in two parts and ``test`` encounters of new subjects."""
    parts = (("train", 18_000), ("validation", 5000), ("test", test))
    return SplitEvidence(
        method="time",
        train_share=0.6,
        validation_share=0.2,
        splits=tuple(SplitFacts(split=name, n=n, events=n // 8, subjects=n * 9 // 10) for name, n in parts),
        overlap=overlap,
        digest="sha256:split",
    )


def reading(evidence: Evidence) -> Read[Any]:
    """Evidence as if it had been read from a file."""
    return Read(evidence, sha256_json(evidence.plain()), "")


def healthy() -> JudgeRequest:
    """A request that every rule passes."""
    own = params()
    return JudgeRequest(
        project="specimen",
        base_params=own,
        head_params=own,
        head_commit=HEAD,
        base_commit=BASE,
        anchor_commit=ANCHOR,
        subject_digest="sha256:" + "0" * 64,
        validation=reading(validation()),
        profile=reading(profile()),
        base_profile=reading(profile(28_000)),
        features=reading(features()),
        split=reading(split()),
        training=reading(training()),
        metrics=reading(metrics()),
        comparison=reading(comparison()),
        lock=reading(LockCheck(remote="storage", asked=True)),
    )


def having(request: JudgeRequest, **evidence: Evidence) -> JudgeRequest:
    """The request with other evidence."""
    made: dict[str, Any] = {name: reading(item) for name, item in evidence.items()}
    return replace(request, **made)


def judged_by(request: JudgeRequest, own: Params) -> JudgeRequest:
    """The request with other params, of base and head alike."""
    return replace(request, base_params=own, head_params=own)
