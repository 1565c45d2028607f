"""``monitor.retrain`` of ``params.yaml``: on which encounters fixes are tried when the monitor alarms."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from wardround.project.sections import OpenShare, Section


class MonitorRetrainSection(Section):
    """What ``wardround retrain`` does; it proposes, and never merges."""

    #: Days of the recent window, counted back from the last day whose outcomes are mature. Project choice: four weeks.
    recent_days: int = Field(default=28, ge=7, le=366)
    #: The share of the recent window's subjects that fixes are fitted on; the others judge them. Project choice.
    share: OpenShare = 0.5
    #: A column of the snapshot that says (true, or 1) who was treated because of the model's own alert.
    treated: str | None = None
    #: Whether treated encounters are left out, because their outcome is no longer what the model predicted. ``keep`` names the loop only.
    feedback: Literal["keep", "exclude"] = "keep"

    @model_validator(mode="after")
    def _treated_is_named(self) -> MonitorRetrainSection:
        if self.feedback == "exclude" and self.treated is None:
            msg = "feedback: exclude needs treated, the column that says whom the model's alert had treated"
            raise ValueError(msg)
        return self
