"""The sections of ``params.yaml`` that say what the data are and how the model is made."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


class Section(BaseModel):
    """A closed, immutable section: an unknown key is an error, because a misspelt key would otherwise be silent."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _project_name(value: str) -> str:
    import re

    if not re.fullmatch(r"[a-z][a-z0-9-]{0,62}[a-z0-9]", value):
        msg = "must be lower-case letters, digits and hyphens, start with a letter, 2 to 64 long (GTO's artifact names)"
        raise ValueError(msg)
    return value


Share = Annotated[float, Field(ge=0, le=1)]
OpenShare = Annotated[float, Field(gt=0, lt=1)]


class ProjectSection(Section):
    """What the model is called and what it predicts, in words."""

    name: Annotated[str, AfterValidator(_project_name)]
    title: str = ""
    outcome: str = ""
    #: What one row is, for sentences in reports: ``admission``, ``visit``, ``test``.
    encounter: str = "encounter"


class Columns(Section):
    """Which column plays which part. Without ``subject`` each row is one; without ``time`` date rules do not apply."""

    encounter: str | None = None
    subject: str | None = None
    time: str | None = None
    site: str | None = None
    outcome: str
    #: When the outcome became known, if the table says so: an outcome before the encounter is a contract violation.
    outcome_time: str | None = None


class Window(Section):
    """The encounters that the snapshot holds, by time: ``start`` included, ``end`` excluded. Either may be open."""

    start: dt.date | int | None = None
    end: dt.date | int | None = None


class DataSection(Section):
    """Where the encounters come from.

    ``positive`` is the outcome's value that counts as the event, or a comparison as text (``'>0'``). ``exclude`` lists
    values, by column, whose encounters are not eligible (for readmission: those who died in hospital).
    """

    source: Literal["synthetic", "files", "sql"]
    #: A file, a glob, or any fsspec URL of CSV or Parquet files (``files``); a query (``sql``).
    path: str | None = None
    #: The name of the environment variable that holds the SQLAlchemy URL: credentials never stand in params.
    url_variable: str | None = None
    encoding: str = "utf-8"
    separator: str = ","
    columns: Columns
    positive: str | int | float | bool = 1
    exclude: dict[str, tuple[str | int | float | bool, ...]] = Field(default_factory=dict)
    window: Window = Window()
    #: Whole-subject partitions of the snapshot; each must fit in memory several times. Project choice.
    partitions: int = Field(default=4, ge=1, le=4096)

    @model_validator(mode="after")
    def _source_is_complete(self) -> DataSection:
        if self.source in ("files", "sql") and not self.path:
            msg = f"path is needed when source is {self.source}"
            raise ValueError(msg)
        if self.source == "sql" and not self.url_variable:
            msg = "url_variable is needed when source is sql: the environment variable that holds the database URL"
            raise ValueError(msg)
        return self


class SyntheticSection(Section):
    """The synthetic hospital network. The generator documents every assumption; switches make later trouble."""

    encounters: int = Field(default=24_000, ge=100)
    hospitals: int = Field(default=3, ge=1, le=26)
    start: dt.date = dt.date(2023, 1, 1)
    months: int = Field(default=27, ge=1, le=240)
    seed: int = 20260101
    switches: SyntheticSwitches = Field(default_factory=lambda: SyntheticSwitches())  # noqa: PLW0108 - the class stands below


class SyntheticSwitches(Section):
    """Trouble on demand, each from a month counted from the start (None: never)."""

    outbreak_month: int | None = None
    #: The share of admissions that the wave brings at its height, and the months until then; it fades in twice that time.
    outbreak_peak: Share = 0.35
    outbreak_rise_months: float = Field(default=2.0, gt=0, le=24)
    unit_mixup_month: int | None = None
    unit_mixup_site: str | None = None
    coding_change_month: int | None = None
    new_hospital_month: int | None = None
    label_delay_days: int = Field(default=0, ge=0)


class ContractSection(Section):
    """How much of each rule's violation is tolerated, as a share of rows: by rule (``range``) or rule and column (``range.age``)."""

    tolerance: dict[str, Share] = Field(default_factory=dict)
    #: The smallest and largest plausible share of positive outcomes. Outside it, something is wrong with the label.
    outcome_rate: tuple[Share, Share] = (0.001, 0.999)
    #: The latest plausible date; encounters after it lie in the future. Default: the end of the window.
    today: dt.date | None = None


class FeaturesSection(Section):
    """Free settings for ``pipelines/features.py``."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    #: How many subjects the point-in-time probe re-computes with a shuffled future. Project choice.
    probe_subjects: int = Field(default=200, ge=0)

    @property
    def settings(self) -> dict[str, Any]:
        """The team's own keys."""
        return dict(self.model_extra or {})


class RecentSection(Section):
    """The recent window, whose subjects are halved: one half recalibrates (validation), the other judges (test).

    ``start`` is its first day (or place in the order, where time has no dates); it ends with the data. ``wardround retrain`` writes this.
    """

    start: dt.date | int
    #: The share of its subjects that recalibrates. Project choice.
    share: OpenShare = 0.5
    #: Only earlier encounters train: with the moment at which the model's training ended, it is fitted as it was. Default: ``start``.
    train_end: dt.datetime | dt.date | int | None = None
    #: Of the half that recalibrates only later encounters do; its earlier ones are in no split. Default: ``start``.
    recalibrate_from: dt.date | int | None = None


class SplitSection(Section):
    """Shares of rows, by time: train, then validation (recalibration), the rest is the sealed test block.

    60/20/20: project choice. Without a time column the shares are of subjects, drawn by ``seed``. With ``recent`` the shares do not count.
    """

    train: OpenShare = 0.6
    validation: OpenShare = 0.2
    seed: int = 20260101
    recent: RecentSection | None = None
    #: A column of the snapshot that says (true, or 1) who was treated because of a model's alert: those encounters are in no split, because
    #: their outcome is not what a model is to predict. ``wardround retrain`` sets it where ``monitor.retrain.feedback`` asks for it.
    untreated: str | None = None

    @model_validator(mode="after")
    def _something_is_left(self) -> SplitSection:
        if self.train + self.validation >= 1:
            msg = f"train + validation is {self.train + self.validation:g}; nothing is left for the test split"
            raise ValueError(msg)
        return self


class TuneSection(Section):
    """Search over hyper-parameters, on training data only, in subject-grouped, time-ordered folds. Off by default."""

    method: Literal["off", "random", "halving"] = "off"
    trials: int = Field(default=20, ge=1)
    folds: int = Field(default=3, ge=2)
    space: dict[str, tuple[str | int | float | bool | None, ...]] = Field(default_factory=dict)
    seed: int = 20260101

    @model_validator(mode="after")
    def _space_is_given(self) -> TuneSection:
        if self.method != "off" and not self.space:
            msg = "space is empty: name at least one parameter of the model and its candidate values"
            raise ValueError(msg)
        return self


class ModelSection(Section):
    """What ``pipelines/model.py`` builds: its ``kind`` and the keyword arguments of the estimator."""

    kind: Literal["hist_gradient_boosting", "logistic_regression", "custom"] = "hist_gradient_boosting"
    settings: dict[str, Any] = Field(default_factory=dict)
    seed: int = 20260101


class TrainSection(Section):
    """How the model is fitted.

    ``imbalance: weight`` weighs classes equally and takes the weight out of the probabilities again (prior correction,
    Elkan 2001), so calibration is kept. ``recalibration`` is fitted on the validation split.
    """

    imbalance: Literal["none", "weight"] = "none"
    recalibration: Literal["none", "intercept", "platt", "isotonic"] = "intercept"
    serving: Literal["auto", "treelite", "onnx", "none"] = "auto"
    golden_encounters: int = Field(default=25, ge=1, le=1000)


class ComputeSection(Section):
    """Where partitions are worked on. ``loky`` is this machine; ``dask`` a cluster (``address`` of its scheduler)."""

    backend: Literal["loky", "threading", "sequential", "dask"] = "loky"
    jobs: int = Field(default=2, ge=-1)
    address: str | None = None
