"""Evidence about the training: from what, with what, and whether the served form answers as the trained one does."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from wardround.evidence.base import Evidence, Frozen


class Sample(Frozen):
    """The rows that something was fitted on."""

    n: int
    events: int
    subjects: int


class ParityCheck(Frozen):
    """One set of rows on which both forms answered. ``difference`` is max |Δp|."""

    name: Literal["random", "training", "thresholds", "beside_thresholds", "missing", "unseen"]
    rows: int
    difference: float


class Parity(Frozen):
    """The served form against the trained one: max |Δp| of everything, and the ``limit`` above which training fails."""

    form: Literal["treelite", "onnx", "none"]
    difference: float | None
    limit: float | None
    checks: tuple[ParityCheck, ...] = ()


class SingleFeature(Frozen):
    """How well one feature alone ranks the outcome on the training rows: AUROC, at least 0.5 (the better direction).

    Of a category, levels are ranked by event rates of the other half of the subjects, so that rare levels do not flatter.
    Null where one class or no value is left.
    """

    feature: str
    auroc: float | None
    #: Whether the value or only its being missing ranks so well.
    by: Literal["value", "missing"] = "value"


class Environment(Frozen):
    """What computed: never the machine's name, only its kind."""

    python: str
    platform: str
    libraries: dict[str, str]


class TrainingEvidence(Evidence):
    """What ``train`` writes to ``reports/training.json``."""

    KIND: ClassVar[str] = "training"

    estimator: str
    settings: dict[str, Any]
    seeds: dict[str, int]
    #: Of the snapshot's parts, of ``pipelines/``, of ``models/model``.
    data_digest: str
    code_digest: str
    artifact_digest: str
    training: Sample
    imbalance: Literal["none", "weight"]
    #: Added to the logits to take class weights out again (Elkan 2001); 0 without weights.
    prior_shift: float
    recalibration: dict[str, Any] | None
    recalibrated_on: Sample | None
    parity: Parity
    single_features: tuple[SingleFeature, ...]
    golden_encounters: int
    environment: Environment
    warnings: tuple[str, ...] = Field(default=())
