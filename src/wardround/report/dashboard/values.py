"""What the dashboard shows of one model: its releases and stages, its looks, its signals."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from wardround.disclosure.watched import SignalView, WatchView


@dataclass(frozen=True)
class Spell:
    """A version in a stage, from ``start`` until ``end`` (None: still)."""

    stage: str
    version: str
    start: dt.datetime
    end: dt.datetime | None = None


@dataclass(frozen=True)
class Release:
    """A version and when it was registered."""

    version: str
    moment: dt.datetime


@dataclass(frozen=True)
class Look:
    """One look of the monitor: when it ran and what it found. Its ``watch`` may hold no signals."""

    ran_at: dt.datetime
    watch: WatchView


@dataclass(frozen=True)
class Proposal:
    """An open pull request of the loop. ``kind``: ``retraining``, ``promotion`` or ``rollback``."""

    kind: str
    title: str
    number: int
    url: str


@dataclass(frozen=True)
class Model:
    """One model. Looks are those of the watched stage, oldest first; of each signal the newest saying counts.

    ``due`` is when the next look is late; None without a look. ``proposals`` None: no forge was asked, or (``unanswered``) it did not answer.
    """

    name: str
    title: str
    outcome: str
    stage: str
    spells: tuple[Spell, ...] = ()
    releases: tuple[Release, ...] = ()
    looks: tuple[Look, ...] = ()
    signals: tuple[SignalView, ...] = ()
    due: dt.datetime | None = None
    proposals: tuple[Proposal, ...] | None = None
    unanswered: bool = False
    problems: tuple[str, ...] = ()

    @property
    def page(self) -> str:
        """The name of the model's page, without its ending."""
        return f"model-{self.name}"

    @property
    def last(self) -> Look | None:
        """The newest look."""
        return self.looks[-1] if self.looks else None

    @property
    def severity(self) -> str:
        """What the newest look found: ``alert``, ``warning``, ``note``, ``calm``, or ``never`` where there was no look."""
        return "never" if self.last is None else self.last.watch.severity or "calm"

    def now(self, stage: str) -> Spell | None:
        """What that stage holds."""
        return next((spell for spell in reversed(self.spells) if spell.stage == stage and spell.end is None), None)

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that a version ever was in, the watched one first."""
        names = dict.fromkeys((self.stage, *(spell.stage for spell in self.spells)))
        return tuple(name for name in names if any(spell.stage == name for spell in self.spells))


def moment(when: dt.datetime) -> str:
    """``2026-03-01 04:17 UTC``."""
    return when.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
