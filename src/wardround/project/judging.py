"""The sections of ``params.yaml`` that judge: a pull request that changes them is judged by the base's (DESIGN §8)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from wardround.project.sections import OpenShare, Section, Share


class Subgroup(Section):
    """A grouping of encounters by a column of the snapshot; numbers are cut at ``bands`` (lower bounds included)."""

    #: Without ``=``, which stands between column and level in a group's name.
    column: Annotated[str, Field(pattern=r"^[^=]+$")]
    bands: tuple[float, ...] = ()
    #: Levels that must be assessed: if one has too few encounters, the rule cannot tell instead of leaving it out.
    mandatory: tuple[str, ...] = ()


class EvaluateSection(Section):
    """What is measured beside the standard measures."""

    #: Probabilities at which an alert would be raised; the first is the operating threshold.
    thresholds: Annotated[tuple[OpenShare, ...], Field(min_length=1)] = (0.2, 0.1, 0.3)
    subgroups: tuple[Subgroup, ...] = ()
    #: Score bins of every published table, on fixed global edges; thresholds are added as edges.
    bin_edges: tuple[Share, ...] = ()
    leave_one_site_out: bool = False
    importance_repeats: int = Field(default=5, ge=0)
    importance_rows: int = Field(default=5000, ge=100)
    stability_seeds: int = Field(default=3, ge=0, le=20)
    noise: float = Field(default=0.05, ge=0, description="standard deviations of input noise")
    #: A column that holds a clinical score in use today, as one more baseline.
    clinical_score: str | None = None
    seed: int = 20260101

    @field_validator("thresholds")
    @classmethod
    def _distinct(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if len(set(value)) != len(value):
            msg = "a threshold stands twice"
            raise ValueError(msg)
        return value


class CompareSection(Section):
    """How two models are compared on the same encounters."""

    resamples: int = Field(default=1000, ge=200)
    #: ``auto`` takes the bootstrap up to ``influence_above`` encounters, influence functions beyond.
    interval: Literal["auto", "bootstrap", "influence"] = "auto"
    influence_above: int = Field(default=200_000, ge=1000)
    seed: int = 20260101


class NonInferiority(Section):
    """Accept when the lower limit of the two-sided 95 % interval of head − reference lies above −margin."""

    margin: float = Field(default=0.01, gt=0, lt=0.5)
    power: float = Field(default=0.8, gt=0, lt=1)


class Floors(Section):
    """The least that any version must reach, first ones included (lower limit of nothing: the estimate itself)."""

    auroc: float = Field(default=0.6, ge=0, le=1)


class CalibrationLimits(Section):
    """Tolerated distance of the slope from 1 and of observed/expected from 1."""

    slope: tuple[float, float] = (0.8, 1.25)
    observed_expected: tuple[float, float] = (0.8, 1.25)


class UtilityLimits(Section):
    """At the operating threshold: how much net benefit may be lost against base, and the alerts that people can answer."""

    net_benefit_loss: float = Field(default=0.002, ge=0)
    alerts_per_day: float | None = Field(default=None, gt=0)
    alerts_per_100: float | None = Field(default=None, gt=0, le=100)


class DeclaredGap(Section):
    """The gap that is tolerated between the groups of one column, in place of the general one, and why: every report prints both."""

    column: str
    gap: float = Field(gt=0, le=1)
    because: Annotated[str, Field(min_length=10, max_length=400, pattern=r"^[^\r\n]+$")]


class FairnessLimits(Section):
    """Tolerated gap between groups, and tolerated loss of the worst group against base.

    The gap is the largest pairwise difference in sensitivity at the operating threshold (equal opportunity,
    Hardt et al. 2016).
    """

    gap: float = Field(default=0.15, gt=0, le=1)
    #: Groupings of ``evaluate.subgroups`` that have another limit, each with its reason.
    gaps: tuple[DeclaredGap, ...] = ()
    worst_group_margin: float = Field(default=0.03, gt=0, lt=0.5)
    min_events: int = Field(default=30, ge=11)

    @field_validator("gaps")
    @classmethod
    def _each_once(cls, value: tuple[DeclaredGap, ...]) -> tuple[DeclaredGap, ...]:
        if len({item.column for item in value}) != len(value):
            msg = "a column stands twice: which gap is tolerated?"
            raise ValueError(msg)
        return value


class SiteLimits(Section):
    """The least AUROC at any assessed site."""

    auroc: float = Field(default=0.55, ge=0, le=1)


class ShiftLimits(Section):
    """Population stability index of a column between base's and head's data above which the data have shifted.

    0.25 is the customary bound of a large shift (Siddiqi 2006).
    """

    psi: float = Field(default=0.25, gt=0)
    missing: float = Field(default=0.1, gt=0, le=1, description="change in the share of missing values")


class LeakageLimits(Section):
    """A single feature whose AUROC alone exceeds this is suspected to know the outcome."""

    single_feature_auroc: float = Field(default=0.95, gt=0.5, le=1)


class ChangeLimits(Section):
    """What a change outside of ``governance/pccp.yaml`` needs; without a label and reviewers it is only said."""

    #: The label that somebody must put on such a pull request.
    label: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    #: Logins of whom one must approve its commit, beside the usual reviewers. The author's own approval does not count.
    reviewers: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}$")], ...] = ()


class LookBudget(Section):
    """How many models may be judged on one test block before it is worn.

    50, a project choice: the best of 50 equal models looks 2.2 standard errors better than it is (expected maximum of a normal sample).
    """

    looks: int = Field(default=50, ge=1)


class CardLimits(Section):
    """Which forms of the card must be complete. None by default: who writes them, and when, is the owners' choice."""

    profiles: tuple[Literal["model", "data", "dictionary", "hti1", "tripod", "annex-iv", "chai"], ...] = ()


class GateSection(Section):
    """Thresholds of the rules. ``off`` names rules that this project does not use; the report prints them."""

    non_inferiority: NonInferiority = NonInferiority()
    floor: Floors = Floors()
    calibration: CalibrationLimits = CalibrationLimits()
    utility: UtilityLimits = UtilityLimits()
    fairness: FairnessLimits = FairnessLimits()
    sites: SiteLimits = SiteLimits()
    shift: ShiftLimits = ShiftLimits()
    leakage: LeakageLimits = LeakageLimits()
    change: ChangeLimits = ChangeLimits()
    budget: LookBudget = LookBudget()
    card: CardLimits = CardLimits()
    off: tuple[str, ...] = ()


class DisclosureSection(Section):
    """The smallest count that may be published. 11: CMS cell size suppression policy (counts of 1 to 10 are withheld)."""

    min_cell: int = Field(default=11, ge=5, le=1000)


class ReviewSection(Section):
    """What a review compares with when the command line says nothing."""

    base: str = "main"
    anchor: str | None = None
    remote: str = "storage"
