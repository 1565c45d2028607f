"""The recent matured window as the ladder needs it: the draft's encounters in two halves, and how a refit would answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wardround.compare import Rows
from wardround.errors import UsageError
from wardround.evidence.base import read
from wardround.evidence.monitor import MonitorEvidence, Span, State
from wardround.evidence.split import SplitEvidence
from wardround.flows.retrain.treating import treated_of, weights_of
from wardround.flows.review import scoring
from wardround.monitoring.estimating.labelfree import ESTIMATED
from wardround.monitoring.retraining import Half
from wardround.stages.features.reading import read_evidence, read_matrix, spec_from
from wardround.stages.serving import load
from wardround.stages.split import moment_of
from wardround.stages.split.assign import TEST, TRAIN, VALIDATION, Recent, by_recent
from wardround.stages.split.read import columns_of, parts, read_rows
from wardround.stages.train import fitting
from wardround.stages.train.running import read_tuned
from wardround.stages.tune.folds import folds
from wardround.stages.tune.search import SearchRequest, search

if TYPE_CHECKING:
    from wardround.flows.retrain.draft import Draft
    from wardround.flows.review.references import Reference

Mask = NDArray[np.bool_]
IMMATURE = (
    "no window has mature outcomes in which calibration or performance was assessed, so that no fix can be judged yet"
)
#: Rules whose numbers need outcomes: the last window where one was assessed is the last that has matured.
OUTCOME_RULES = ("calibration.", "performance.")


def matured_until(evidence: MonitorEvidence) -> dt.date | None:
    """The end of the last window whose outcomes are mature and were assessed; None when none is."""
    assessed = {
        item.window
        for item in evidence.signals
        if item.state is State.ASSESSED
        and item.rule.startswith(OUTCOME_RULES)
        and item.rule != ESTIMATED  # from the scores alone: assessed before any outcome is known
        and not item.column
    }
    ends = [window.end for window in evidence.windows if window.name in assessed]
    return max(ends, default=None)


def window_of(end: dt.date, days: int) -> Span:
    """The recent window."""
    return Span(name=f"until {end.isoformat()}", start=end - dt.timedelta(days), end=end)


def training_ended(base: Reference) -> dt.datetime | dt.date | int:
    """The moment at which the base's training ended: with it, its model is fitted as it was. Raises :class:`UsageError` without one."""
    recent = base.params.split.recent if base.params else None
    if recent is not None:
        return recent.start if recent.train_end is None else recent.train_end
    base.program.fetch("reports/split.json")
    found = read(SplitEvidence, base.program.root / "reports" / "split.json")
    moment = found.value.validation_from if found.value else None
    if moment is None:
        raise UsageError(
            "the base's model has no time at which its training ended",
            where="reports/split.json",
            found=found.reason or "a split without time",
            next="set data.columns.time: without it there is no recent window",
        )
    return moment if isinstance(moment, int) else dt.datetime.fromisoformat(moment)


@dataclass(frozen=True)
class Material:
    """The draft's encounters. ``fitting`` and ``judging`` are halves of the recent window's new subjects; ``train`` is what a refit learns from.

    ``earlier`` are encounters between the model's training and the recent window. ``weight`` is what each of the halves counts where an alert
    changed outcomes, None where all count alike; ``unstable`` says why the weights must not be used. Nobody of ``train`` and ``earlier`` was treated.
    """

    matrix: NDArray[np.float64]
    outcome: NDArray[np.float64]
    subject: NDArray[np.int64]
    probability: NDArray[np.float64]
    fitting: Mask
    judging: Mask
    train: Mask
    earlier: Mask
    time: NDArray[np.int64]
    days: float
    weight: NDArray[np.float64] | None = None
    unstable: str = ""

    @property
    def fits(self) -> Mask:
        """The fitting half without the treated: what a recalibration learns from."""
        return self.fitting if self.weight is None else self.fitting & (self.weight > 0.0)

    def half(self, mask: Mask) -> Half:
        """The encounters of one half."""
        share = float(mask.sum()) / max(int((self.fitting | self.judging).sum()), 1)
        weight = None if self.weight is None else self.weight[mask]
        outcome = self.outcome[mask].astype(np.int8)
        return Half(outcome, self.subject[mask], self.probability[mask], self.days * share, weight)


def material(draft: Draft, base: Reference, window: Span) -> Material:
    """Reads what ``dvc repro features`` made in the draft, scored by the base's own program.

    New subjects only: nobody whom the base's model was trained or calibrated on, nor a refit would be trained on.
    """
    project, params = draft.project, draft.project.params
    rows = read_rows(project.layout.snapshot, params.split.seed, drawn=True)
    if rows.time is None:
        raise UsageError("retraining needs a time column", where="params.yaml: data.columns.time")
    usable = rows.usable
    treated = treated_of(draft, len(usable))
    start, ended = (moment_of(value, dated=rows.dated) for value in (window.start, training_ended(base)))
    share = params.monitor.retrain.share
    as_it_was = by_recent(rows.time, rows.subject, usable, rows.draw, Recent(start, share, ended)).codes
    refitted = by_recent(rows.time, rows.subject, usable, rows.draw, Recent(start, share, start)).codes
    base.program.fetch("data/split.parquet", "models/model", "reports/features.json")
    new = ~_seen(draft, base)
    fitting = (as_it_was == VALIDATION) & (refitted == VALIDATION) & new
    judging = (as_it_was == TEST) & (refitted == TEST) & new
    probability = scoring.score_with_reference(project, base, draft.data_digest)
    weights = weights_of(draft, fitting | judging, treated, probability)
    weight = None
    if weights is not None:
        weight = np.zeros(len(usable))
        weight[fitting | judging] = weights.value
    return Material(
        matrix=read_matrix(project.layout, spec_from(read_evidence(project.layout))),
        outcome=rows.outcome.astype(np.float64),
        subject=rows.subject,
        probability=probability,
        fitting=fitting,
        judging=judging,
        train=(refitted == TRAIN) & ~treated,
        earlier=usable & ~treated & (rows.time >= ended) & (rows.time < start),
        time=rows.time,
        days=float((window.end - window.start).days),
        weight=weight,
        unstable=weights.unstable if weights else "",
    )


def _column(draft: Draft, name: str) -> pa.ChunkedArray:
    """One column of the snapshot, in snapshot order."""
    found = [batch.column(0) for part in parts(draft.project.layout.snapshot) for batch in columns_of(part, (name,))]
    return pa.chunked_array(found)


def _seen(draft: Draft, base: Reference) -> Mask:
    subjects = pa.table({"wr_subject": _column(draft, "wr_subject").cast(pa.string())})
    known = Rows(draft.project.layout.snapshot, subjects)
    return known.seen_by(pq.read_table(base.program.root / "data" / "split.parquet"))


def refit(draft: Draft, made: Material, last: Mask, *, searched: bool = False) -> tuple[NDArray[np.float64], str]:
    """Probabilities of the judging half by the project's own model, fitted on all before the window, its intercept on the rows ``last``.

    ``searched``: with the settings that a search on those training rows chooses.
    """
    project, params = draft.project, draft.project.params
    spec = spec_from(read_evidence(project.layout))
    matrix, outcome = made.matrix[made.train], made.outcome[made.train]
    chosen = _searched(draft, made) if searched else read_tuned(project.layout)
    recipe = fitting.Recipe.load(project.layout.model_code, spec, params, chosen)
    fitted = fitting.fit(recipe, matrix, outcome, params.train)
    fitted = fitting.recalibrate(fitted, "intercept", made.matrix[last], made.outcome[last])
    return fitted.probabilities(made.matrix[made.judging]), "on all encounters before the recent window"


def _searched(draft: Draft, made: Material) -> dict[str, Any]:
    """The best settings of ``tune.space`` by subject-grouped, time-ordered folds of the training rows."""
    project, params = draft.project, draft.project.params
    tune = params.tune if params.tune.method != "off" else params.tune.model_copy(update={"method": "random"})
    subject = made.subject[made.train]
    spec = spec_from(read_evidence(project.layout))
    trials = search(
        SearchRequest(
            recipe=fitting.Recipe.load(project.layout.model_code, spec, params),
            matrix=made.matrix[made.train],
            outcome=made.outcome[made.train],
            subject=subject,
            folds=tuple(folds(made.time[made.train], subject, tune.folds, tune.seed)),
            tune=tune,
            train=params.train,
        )
    )
    return dict(trials[0].settings)


def observed_expected(base: Reference, made: Material, lost: tuple[str, ...]) -> tuple[float, float, float] | None:
    """O/E of the base's model before the window, there without the ``lost`` columns, and in the window; None where it cannot be told."""
    scorer = load(base.program.root / "models" / "model")
    names = [name for name in lost if name in scorer.spec.names]
    if len(names) < len(lost) or not made.earlier.any():
        return None
    blanked: Any = made.matrix[made.earlier].copy()
    blanked[:, scorer.spec.positions(tuple(names))] = np.nan
    recent = made.fitting | made.judging
    if made.weight is not None:
        recent &= made.weight > 0.0
    pairs = (
        (made.outcome[made.earlier], made.probability[made.earlier]),
        (made.outcome[made.earlier], scorer.probabilities(blanked)),
        (made.outcome[recent], made.probability[recent]),
    )
    if any(not events.sum() for events, _ in pairs):
        return None
    before, without, observed = (float(events.sum() / expected.sum()) for events, expected in pairs)
    return before, without, observed
