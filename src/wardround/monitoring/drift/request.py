"""What a look at the inputs takes, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wardround.evidence.monitor import Cause, MonitorFinding, Signal, Span
from wardround.evidence.profile import Profile
from wardround.monitoring.drift.measured import Seen
from wardround.project.monitor_drift import MonitorDriftSection

if TYPE_CHECKING:
    import pyarrow as pa

    from wardround.contract.model import Contract


@dataclass(frozen=True)
class Window:
    """One window of the log.

    ``subjects`` is how many different ones its rows belong to (None: every row counts as one); ``sites`` are the profiles of its parts by
    site; ``sample`` holds rows for the domain classifier, the subject column among them.
    """

    span: Span
    profile: Profile
    subjects: int | None = None
    sites: Mapping[str, Profile] = field(default_factory=dict)
    sample: pa.Table | None = None

    @property
    def seen(self) -> Seen:
        """What its rows are worth: as many as its subjects, if it is known how many there are."""
        rows = self.profile.rows
        return Seen(1.0 if self.subjects is None or not rows else min(1.0, self.subjects / rows))

    @property
    def worth(self) -> float:
        """How many independent encounters all its rows are worth; 0 without rows."""
        return self.seen.of(self.profile.rows) if self.profile.rows else 0.0


@dataclass(frozen=True)
class DriftRequest:
    """Windows, oldest first, against the profile of training.

    ``columns`` names the model's inputs; empty: all that the reference has, but dates and text. ``contract`` adds ranges and required values.
    ``reference_sites`` are training's profiles by site; without them a site is held against its own earlier windows. ``site`` and ``subject``
    name columns, empty where there is none. ``reference_sample`` are training's rows for the domain classifier, ``seed`` its seed.
    """

    reference: Profile
    windows: tuple[Window, ...]
    settings: MonitorDriftSection = field(default_factory=MonitorDriftSection)
    columns: tuple[str, ...] = ()
    contract: Contract | None = None
    reference_sites: Mapping[str, Profile] = field(default_factory=dict)
    reference_sample: pa.Table | None = None
    site: str = ""
    subject: str = ""
    seed: int = 20260101


@dataclass(frozen=True)
class DriftLook:
    """The signals of all windows, what they come to, and what probably lies behind it."""

    signals: tuple[Signal, ...]
    findings: tuple[MonitorFinding, ...]
    causes: tuple[Cause, ...]
