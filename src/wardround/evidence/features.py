"""Evidence about the features: what they are, and whether any of them knows the future."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from wardround.evidence.base import Evidence, Frozen


class FeatureColumn(Frozen):
    """One feature. ``categories`` is null for a number; ``missing`` counts encounters without a value.

    ``constant`` says that all encounters have the same value or none.
    """

    name: str
    categories: tuple[str, ...] | None = None
    missing: int = Field(ge=0)
    constant: bool = False


class Leak(Frozen):
    """A feature that changed for ``changed`` of ``compared`` probed encounters when nothing known at their time changed.

    ``how``: the subject's later encounters were cut off (``future_truncated``) or replaced by others' values
    (``future_shuffled``), or the other subjects were left out (``others``): such a feature cannot be served for one patient
    and may carry other patients' future.
    """

    feature: str
    how: Literal["future_truncated", "future_shuffled", "others"]
    changed: int
    compared: int


class Probe(Frozen):
    """The point-in-time probe. ``reason`` says why ``subjects`` is 0, or what the probe could not look at."""

    subjects: int = 0
    encounters: int = 0
    leaking: tuple[Leak, ...] = ()
    reason: str = ""

    @property
    def features(self) -> tuple[str, ...]:
        """The leaking features, each once, in their order."""
        return tuple(dict.fromkeys(leak.feature for leak in self.leaking))


class SnapshotPart(Frozen):
    """One part of the snapshot that the features were made from."""

    name: str
    rows: int
    digest: str


class FeaturesEvidence(Evidence):
    """What ``features`` writes to ``reports/features.json``. ``withheld`` are the columns that features never see."""

    KIND: ClassVar[str] = "features"

    columns: tuple[FeatureColumn, ...]
    encounters: int
    parts: tuple[SnapshotPart, ...]
    #: The digest of the snapshot's parts, in their order.
    data_digest: str
    withheld: tuple[str, ...]
    probe: Probe
    warnings: tuple[str, ...] = ()
