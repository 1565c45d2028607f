"""The section of ``params.yaml`` about watching the served model: where its log and the outcomes are, and in which windows to look."""

from __future__ import annotations

from pydantic import Field

from wardround.project.monitor_alerts import MonitorAlertsSection
from wardround.project.monitor_drift import MonitorDriftSection
from wardround.project.monitor_outcomes import MonitorOutcomesSection
from wardround.project.monitor_retrain import MonitorRetrainSection
from wardround.project.sections import Section
from wardround.project.stages_section import StageName


class MonitorSection(Section):
    """Reads only: neither URL is ever written to. Credentials never stand in params; fsspec takes them from the environment."""

    #: fsspec URL of the prediction log (``WARDROUND_PREDICTIONS`` of the service).
    predictions: str | None = None
    #: fsspec URL of the outcomes: a directory, file or glob of CSV or Parquet files.
    outcomes: str | None = None
    #: The stage whose answers are watched.
    stage: StageName = "prod"
    #: Days of one window. Project choice: a week, so that weekdays weigh the same in each.
    window_days: int = Field(default=7, ge=1, le=366)
    #: How many windows one look covers. Project choice.
    windows: int = Field(default=8, ge=2, le=520)
    #: Hours between two looks, as the schedule of ``monitor.yml`` says. The default is nightly.
    every_hours: float = Field(default=24.0, ge=1, le=24 * 31)
    #: Hours by which a look may be late before that is an alert of the next one. Project choice: forges start schedules late.
    grace_hours: float = Field(default=12.0, ge=0, le=24 * 31)
    drift: MonitorDriftSection = MonitorDriftSection()
    outcome: MonitorOutcomesSection = MonitorOutcomesSection()
    alerts: MonitorAlertsSection = MonitorAlertsSection()
    retrain: MonitorRetrainSection = MonitorRetrainSection()
