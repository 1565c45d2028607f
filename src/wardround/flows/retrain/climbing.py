"""The ladder on the draft: what bars a fix, what is tried, and the evidence of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.evidence.base import read
from wardround.evidence.measures import Metrics
from wardround.evidence.retraining import Fix, RetrainingEvidence
from wardround.flows.retrain import recent
from wardround.flows.retrain.ending import ending
from wardround.flows.retrain.treating import said
from wardround.monitoring.retraining import Climb, LadderRequest, climb, limits_of
from wardround.monitoring.retraining.deciding import EXPLAINS, Answer, barred, explained_by, lost_columns
from wardround.values import Population

if TYPE_CHECKING:
    from wardround.evidence.monitor import Span
    from wardround.flows.retrain.draft import Draft
    from wardround.flows.review.references import Reference
    from wardround.project.params import Params


@dataclass(frozen=True)
class Tried:
    """``waits`` says why nothing was tried; otherwise the climb and its evidence are there."""

    waits: str = ""
    climb: Climb | None = None
    evidence: RetrainingEvidence | None = None


def try_fixes(draft: Draft, base: Reference, window: Span, answer: Answer) -> Tried:
    """Climbs the ladder on the recent window's new subjects, unless an outage explains the harm by itself.

    Raises :class:`UsageError` when the window, the base's model or its split do not allow it.
    """
    made = recent.material(draft, base, window)
    if made.unstable:
        return Tried(waits=f"cannot tell what a fix would do without the model's own alerts: {made.unstable}")
    lost = lost_columns(answer)
    if lost and (why := _explained(base, made, lost)):
        return Tried(waits=why)
    params = draft.project.params
    limits = limits_of(params)
    last = ending(made, window, params.monitor.retrain.intercept_days, limits.min_events)
    climbed = climb(
        LadderRequest(
            made.half(made.fitting),
            made.half(made.judging),
            limits,
            params.evaluate.thresholds,
            refit=lambda: recent.refit(draft, made, last.rows),
            search=lambda: recent.refit(draft, made, last.rows, searched=True),
            refit_from=last.since,
            barred=bars_of(params, lost),
            reference_auroc=_validated(base),
        )
    )
    return Tried(
        climb=climbed, evidence=_evidence(draft, window, made, climbed).model_copy(update={"refitted": last.words})
    )


def bars_of(params: Params, lost: tuple[str, ...]) -> dict[Fix, str]:
    """Fixes that must not be tried, and why: an outage took ``lost`` columns, params do not name them, or there is nothing to search."""
    left_out = [fix for fix in Fix if fix.value not in params.monitor.retrain.fixes]
    bars = {**barred(lost), **dict.fromkeys(left_out, "monitor.retrain.fixes does not name it")}
    if not params.tune.space:
        bars.setdefault(Fix.SEARCH, "tune.space names no settings to search")
    return bars


def _explained(base: Reference, made: recent.Material, lost: tuple[str, ...]) -> str:
    """Why the outage alone may be what makes the harm; empty when it is not."""
    names = " and ".join(lost)
    found = recent.observed_expected(base, made, lost)
    if found is None:
        return f"{names}: the outage cannot be set apart from the harm (no feature of that name, or too few encounters)"
    share = explained_by(*found)
    return (
        f"the outage of {names} explains the harm by itself: it is for the source to mend" if share >= EXPLAINS else ""
    )


def _validated(base: Reference) -> float | None:
    """The AUROC of new subjects when the base's model was evaluated."""
    base.program.fetch("reports/metrics.json")
    metrics = read(Metrics, base.program.root / "reports" / "metrics.json").value
    population = metrics.population(Population.NEW_SUBJECTS.value) if metrics else None
    group = population.group("all") if population else None
    found = group.measures.get("auroc") if group else None
    return found.value if found else None


def _evidence(draft: Draft, window: Span, made: recent.Material, climbed: Climb) -> RetrainingEvidence:
    params = draft.project.params
    return RetrainingEvidence(
        project=params.project.name,
        base_commit=draft.commit,
        window=window,
        data_digest=draft.data_digest,
        fitted_on=made.half(made.fitting).counted,
        judged_on=made.half(made.judging).counted,
        champion=climbed.champion,
        attempts=climbed.attempts,
        chosen=climbed.chosen.fix if climbed.chosen else None,
        unrepaired=climbed.unrepaired,
        feedback=said(params.monitor.retrain),
    )
