"""``monitor.drift`` of ``params.yaml``: when a change of the inputs is one to speak of."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from wardround.project.sections import OpenShare, Section, Share


class MonitorDriftSection(Section):
    """Effect sizes, persistence and power of the drift checks.

    A check speaks when the whole interval of the *effect* lies beyond its limit, after correction for the number of checks. So more
    encounters make it surer, and never more easily alarmed.
    """

    #: Population stability index of one column from which it has moved: the customary bound of a moderate shift (Siddiqi 2006).
    psi: Annotated[float, Field(gt=0)] = 0.1
    #: The index from which one window alone is a warning: the customary bound of a large shift (Siddiqi 2006).
    psi_large: Annotated[float, Field(gt=0)] = 0.25
    #: Change in the share of missing values from which a column has changed. Project choice, as ``gate.shift.missing``.
    missing: OpenShare = 0.1
    #: Share of a window that is missing, or that is one single value, from which a column that was not so is out. Project choice.
    outage: OpenShare = 0.9
    #: Share of encounters with levels that training had not. Project choice.
    new_levels: OpenShare = 0.01
    #: Share of values beyond all of training's, above training's own share. Project choice.
    out_of_range: OpenShare = 0.01
    #: Share of encounters that violate the contract in one column. Project choice.
    violations: OpenShare = 0.01
    #: Share of new levels, or of violations, from which it is a fault of the supply and an alert. Project choice.
    fault: OpenShare = 0.1
    #: Share of a window's values that are measured in another unit, from which it is an alert. Project choice.
    units: OpenShare = 0.05
    #: AUROC with which a classifier tells a window from training: from 0.6 on it moved (project choice; 0.5 is chance).
    together: Annotated[float, Field(gt=0.5, lt=1)] = 0.6
    #: Rows of each side that the classifier sees. Project choice: some seconds for eight windows.
    sample: int = Field(default=4000, ge=100, le=1_000_000)
    #: Share of a window's encounters at a site that training had not. Project choice.
    new_site: OpenShare = 0.01
    #: Fewest encounters (or subjects, if they are fewer) of a window that is looked at. Project choice.
    rows: int = Field(default=100, ge=20)
    #: Windows of a hundred in which a change may be said by mistake, as a share: the family-wise error of one window. Project choice.
    false_alerts: OpenShare = 0.01
    #: A moved column is a warning in ``k`` of the last ``n`` windows, the latest included: ``[k, n]``. Project choice.
    persistence: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] = (2, 3)
    #: The chance with which an effect is seen that is called visible. 0.8 is customary (Cohen 1988).
    power: Share = 0.8

    @model_validator(mode="after")
    def _ordered(self) -> MonitorDriftSection:
        if self.persistence[0] > self.persistence[1]:
            msg = f"persistence is [{self.persistence[0]}, {self.persistence[1]}]: k windows of the last n, so k is at most n"
            raise ValueError(msg)
        if self.psi_large < self.psi:
            msg = f"psi_large is {self.psi_large:g}: at least psi, {self.psi:g}"
            raise ValueError(msg)
        return self
