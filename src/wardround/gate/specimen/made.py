"""What the stages before evaluation say: the table, its profile, the features, the split and the training."""

from __future__ import annotations

from wardround.evidence.features import FeatureColumn, FeaturesEvidence, Leak, Probe
from wardround.evidence.profile import ColumnProfile, LevelCounts, Profile
from wardround.evidence.split import SplitEvidence, SplitFacts
from wardround.evidence.training import Environment, Parity, Sample, SingleFeature, TrainingEvidence
from wardround.evidence.validation import CheckResult, Validation
from wardround.values import Verdict

DATA = "sha256:data"


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
