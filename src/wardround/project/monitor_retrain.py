"""``monitor.retrain`` of ``params.yaml``: on which encounters fixes are tried when the monitor alarms."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from wardround.project.monitor_feedback import FeedbackSection
from wardround.project.sections import OpenShare


class MonitorRetrainSection(FeedbackSection):
    """What ``wardround retrain`` does; it proposes, and never merges."""

    #: Days of the recent window, counted back from the last day whose outcomes are mature. Project choice: four weeks.
    recent_days: int = Field(default=28, ge=7, le=366)
    #: The share of the recent window's subjects that fixes are fitted on; the others judge them. Project choice.
    share: OpenShare = 0.5
    #: Days at the window's end on whose encounters (of the fitting half) a refit's intercept is fitted; all of that half where they hold too few
    #: events. Project choice: the latest week.
    intercept_days: int = Field(default=7, ge=1, le=366)
    #: The fixes that may be proposed; the order is always that of the ladder. ``search`` also needs ``tune.space``.
    fixes: tuple[Literal["threshold", "intercept", "platt", "refit", "search"], ...] = Field(
        default=("threshold", "intercept", "platt", "refit", "search"), min_length=1
    )
