"""``models/model/manifest.json``: everything beside the trees that an answer depends on."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from wardround.evidence.base import Evidence, Frozen


class ManifestFeature(Frozen):
    """One column of the matrix; category i of ``categories`` has the code i; null for a number.

    ``unknown`` are codes that no training row had; the served form takes them for missing, as the trained one does.

    What follows is for warnings, and no answer depends on it. ``low`` and ``high`` enclose a number's training values but for the
    outermost ten at each end, so that no patient's own value is told; null where there are too few. ``rare`` are codes that at most ten
    training rows had; ``complete`` says that at most ten had no value.
    """

    name: str
    categories: tuple[str, ...] | None = None
    unknown: tuple[int, ...] = ()
    low: float | None = None
    high: float | None = None
    rare: tuple[int, ...] = ()
    complete: bool = False


class Manifest(Evidence):
    """Features in order; how raw answers become probabilities; what the files are.

    ``calibration`` is a list of maps that are applied in their order (``wardround.stats.recalibration``); ``digests`` are of the
    other files of the directory that answers depend on; ``code_digest`` and ``data_digest`` say what the model was made from.
    """

    KIND: ClassVar[str] = "model"

    estimator: str
    features: tuple[ManifestFeature, ...]
    serving: Literal["treelite", "onnx", "none"]
    single_precision: bool = False
    calibration: tuple[dict[str, Any], ...] = ()
    digests: dict[str, str]
    code_digest: str
    data_digest: str
