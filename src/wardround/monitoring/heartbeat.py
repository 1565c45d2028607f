"""Whether the monitor itself runs: a look that did not happen sees nothing."""

from __future__ import annotations

import datetime as dt

from wardround.evidence.decision import Fact
from wardround.evidence.monitor import MonitorFinding, Severity
from wardround.monitoring.rule import MonitorRule

RULE = "monitor.heartbeat"
RULES = (MonitorRule(RULE, "The monitor ran when it should", ("monitor.every_hours", "monitor.grace_hours")),)


def missed(last: dt.datetime | None, now: dt.datetime, every: float, grace: float) -> MonitorFinding | None:
    """The alert of a look that comes too late after the ``last`` (aware; None: there was none yet).

    ``every`` is the schedule's interval and ``grace`` what a run may be late, both in hours.
    """
    if last is None:
        return None
    hours = (now - last).total_seconds() / 3600
    if hours <= every + grace:
        return None
    return MonitorFinding(
        rule=RULE,
        severity=Severity.ALERT,
        summary="A scheduled look was missed: what happened meanwhile is seen only now.",
        advice="Look at the runs of the workflow monitor: a schedule is switched off after 60 days without a commit, and by hand.",
        since=last.astimezone(dt.UTC).strftime("%Y-%m-%d"),
        facts=(
            Fact(name="hours since the last look", type="text", text=f"{hours:.0f}"),
            Fact(name="hours between looks", type="margin", value=every),
        ),
    )
