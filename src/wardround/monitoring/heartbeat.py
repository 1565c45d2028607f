"""Whether the monitor itself runs and has something to look at: a look that did not happen sees nothing."""

from __future__ import annotations

import datetime as dt

from wardround.evidence.decision import Fact
from wardround.evidence.monitor import MonitorFinding, Severity, Span
from wardround.monitoring.rule import MonitorRule

RULE = "monitor.heartbeat"
SILENCE = "monitor.silence"
VERSION = "monitor.version"
RULES = (
    MonitorRule(RULE, "The monitor ran when it should", ("monitor.every_hours", "monitor.grace_hours")),
    MonitorRule(SILENCE, "The stage answered", ("monitor.predictions", "monitor.stage")),
    MonitorRule(VERSION, "Answers come from versions that were released"),
)


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


def silent(stage: str, spans: tuple[Span, ...], *, answered_before: bool) -> MonitorFinding:
    """What is said of windows without any answer: an alert where earlier looks saw some, otherwise a warning."""
    return MonitorFinding(
        rule=SILENCE,
        severity=Severity.ALERT if answered_before else Severity.WARNING,
        subject=stage,
        summary="The prediction log holds no answer of this stage: there is nothing to watch.",
        advice="Look whether the service runs, whether `monitor.predictions` is where it writes, and which stage it writes (`WARDROUND_STAGE`).",
        since=spans[0].name,
        windows=tuple(span.name for span in spans),
    )


def untagged(version: str, *, watched: bool) -> MonitorFinding:
    """The warning of a version that answered and has no tag. ``watched``: it is the one that is measured."""
    held = (
        "what it is held against is the work tree's, which may be another model's."
        if watched
        else "nobody can say what it was made of."
    )
    return MonitorFinding(
        rule=VERSION,
        severity=Severity.WARNING,
        subject=version,
        summary=f"This version has no tag: {held}",
        advice="Fetch the tags (git fetch --tags). If there is none, ask who serves a version that was not released.",
    )
