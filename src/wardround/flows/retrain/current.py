"""Whether the monitor's look may be answered now: it is this project's, at the stage that is watched, and of today."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from wardround.errors import UsageError

if TYPE_CHECKING:
    from wardround.evidence.monitor import MonitorEvidence
    from wardround.project.params import Params

_WHERE = "reports/monitor.json"


def check_identity(evidence: MonitorEvidence, params: Params) -> None:
    """Raises :class:`UsageError` when the look was at another project, or another stage than ``monitor.stage``."""
    for what, wanted, found in (
        ("project", params.project.name, evidence.project),
        ("stage", params.monitor.stage, evidence.stage),
    ):
        if wanted != found:
            raise UsageError(
                f"the monitor looked at another {what}",
                where=_WHERE,
                wanted=wanted,
                found=found,
                next="run `wardround monitor` here first",
            )


def check_day(evidence: MonitorEvidence, params: Params, today: dt.date, until: dt.date | None) -> None:
    """Raises :class:`UsageError` when the look is none of ``today`` (UTC), nor of the day that was asked for, ``until``.

    A look holds as long as the next may be late: an alarm of last month says nothing of the model that serves now.
    """
    if until is not None:
        if evidence.day != until:
            raise UsageError(
                "the monitor looked as on another day",
                where=_WHERE,
                wanted=until.isoformat(),
                found=_said(evidence.day),
                next=f"run `wardround monitor --until {until}` first",
            )
        return
    hours = params.monitor.every_hours + params.monitor.grace_hours
    oldest = today - dt.timedelta(days=max(int(hours // 24), 1))  # midnight may lie between a look and its answer
    if evidence.day is None or evidence.day < oldest:
        raise UsageError(
            "the monitor's look is not of today, so that it cannot be answered as if it were",
            where=_WHERE,
            wanted=f"{oldest} or later (monitor.every_hours and monitor.grace_hours)",
            found=_said(evidence.day),
            next="run `wardround monitor` first; to answer that day's look on purpose, name it: `wardround retrain --until DAY`",
        )


def _said(day: dt.date | None) -> str:
    return "a look that does not say its day" if day is None else day.isoformat()
