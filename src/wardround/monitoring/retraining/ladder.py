"""The ladder: fixes tried from the cheapest on, each fitted on one half of the recent subjects and judged on the other."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from wardround.errors import WardroundError
from wardround.evidence.retraining import Attempt, Fix
from wardround.monitoring.retraining.limits import Limits, unmet
from wardround.monitoring.retraining.measuring import measured
from wardround.monitoring.retraining.rows import Floats, Half
from wardround.stats.recalibration import Recalibration, fit_intercept, fit_platt

#: Fits without the judging half, and answers for it: (n,) probabilities in its order, with a word on what was fitted.
Refit = Callable[[], tuple[Floats, str]]


@dataclass(frozen=True)
class LadderRequest:
    """``thresholds``: the declared ones, the operating one first. ``refit`` and ``search`` end with an intercept recalibration.

    That is fitted on the fitting half, on its encounters from ``refit_from`` on (None: all).
    ``barred`` says of a fix why it must not be tried. ``thorough`` tries every fix, so that the proposal can show all numbers; otherwise
    the climb ends with the first that suffices.
    """

    fitting: Half
    judging: Half
    limits: Limits
    thresholds: tuple[float, ...]
    refit: Refit | None = None
    search: Refit | None = None
    refit_from: dt.date | None = None
    barred: Mapping[Fix, str] = field(default_factory=dict)
    reference_auroc: float | None = None
    thorough: bool = True


@dataclass(frozen=True)
class Climb:
    """What was tried. ``chosen`` is None when no fix suffices, or when the model as it is does (``needed`` False)."""

    champion: Attempt
    attempts: tuple[Attempt, ...]
    chosen: Attempt | None
    needed: bool
    unrepaired: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Try:
    fix: Fix
    make: Callable[[], tuple[Floats, str]]
    threshold: float


def climb(request: LadderRequest) -> Climb:
    """Tries the fixes in order. The first that meets every limit is chosen; nothing is when a half is too small to tell."""
    operating = request.thresholds[0]
    champion = _measured(request, None, request.judging.probability, operating, "the model as it is")
    if why := _too_small(request):
        return Climb(champion, (), None, needed=True, unrepaired=(why,))
    attempts: list[Attempt] = []
    for one in _tries(request):
        attempts.append(_attempt(request, one))
        if attempts[-1].suffices and not request.thorough:
            break
    needed = bool(champion.failed)
    chosen = next((item for item in attempts if item.suffices), None) if needed else None
    return Climb(champion, tuple(attempts), chosen, needed, _unrepaired(request, champion, attempts, chosen))


def _too_small(request: LadderRequest) -> str:
    least = request.limits.min_events
    for word, half in (("fitting", request.fitting), ("judging", request.judging)):
        if half.least < least:
            weigh = "" if half.weight is None else ", as far as the untreated stand for all"
            return f"the {word} half of the recent window holds fewer than {least} events or non-events{weigh}"
    return ""


def _tries(request: LadderRequest) -> Iterator[_Try]:
    fitting, judging, operating = request.fitting, request.judging, request.thresholds[0]
    moved = _threshold(request)
    if moved is not None:
        yield _Try(Fix.THRESHOLD, lambda: (judging.probability, f"{operating:g} becomes {moved:g}"), moved)

    def recalibrated(made: Recalibration) -> tuple[Floats, str]:
        if made.slope <= 0:
            raise ValueError("its slope turns the order round: high scores go with few events")
        slope = f", slope {made.slope:.2f}" if made.kind == "platt" else ""
        return made.apply(judging.probability), f"intercept {made.intercept:+.2f}{slope}"

    # the treated are left out, as the pipeline's own recalibration leaves them out: what is judged is what would be made
    score, happened = fitting.probability[fitting.counts], fitting.outcome[fitting.counts]
    yield _Try(Fix.INTERCEPT, lambda: recalibrated(fit_intercept(score, happened)), operating)
    yield _Try(Fix.PLATT, lambda: recalibrated(fit_platt(score, happened)), operating)
    if request.refit is not None:
        yield _Try(Fix.REFIT, request.refit, operating)
    if request.search is not None:
        yield _Try(Fix.SEARCH, request.search, operating)


def _threshold(request: LadderRequest) -> float | None:
    """The lowest threshold, in hundredths, that keeps the alerts of the fitting half within capacity; None without a capacity.

    Two standard deviations of a Poisson count are kept free, because another half has as many alerts only by chance. Project choice.
    """
    limits, fitting = request.limits, request.fitting
    most = []
    if limits.alerts_per_100 is not None:
        most.append(limits.alerts_per_100 / 100.0 * len(fitting.outcome))
    if limits.alerts_per_day is not None and fitting.days:
        most.append(limits.alerts_per_day * fitting.days)
    if not most:
        return None
    flagged = np.sort(fitting.probability)
    for hundredth in range(1, 100):
        found = hundredth / 100.0
        alerts = len(flagged) - int(np.searchsorted(flagged, found, side="left"))
        if alerts + 2.0 * math.sqrt(alerts) <= min(most):
            return found if found != request.thresholds[0] else None
    return None


def _attempt(request: LadderRequest, one: _Try) -> Attempt:
    if why := request.barred.get(one.fix):
        return Attempt(fix=one.fix, threshold=one.threshold, unable=why)
    try:
        probability, detail = one.make()
    except (ValueError, WardroundError) as error:
        return Attempt(fix=one.fix, threshold=one.threshold, unable=str(error).splitlines()[0])
    found = _measured(request, one.fix, probability, one.threshold, detail)
    refitted = one.fix in (Fix.REFIT, Fix.SEARCH)
    return found.model_copy(update={"recalibrate_from": request.refit_from}) if refitted else found


def _measured(request: LadderRequest, fix: Fix | None, probability: Floats, threshold: float, detail: str) -> Attempt:
    """The attempt on the judging half."""
    thresholds = tuple(dict.fromkeys((threshold, *request.thresholds)))
    measures, differences = measured(request.judging, probability, thresholds, paired=fix is not None)
    return Attempt(
        fix=fix,
        threshold=threshold,
        detail=detail,
        measures=measures,
        differences=differences,
        failed=unmet(request.limits, threshold, measures, differences),
    )


def _unrepaired(
    request: LadderRequest, champion: Attempt, attempts: list[Attempt], chosen: Attempt | None
) -> tuple[str, ...]:
    """What no fix brings back: limits that all of them miss, and discrimination that stays below what was validated."""
    found: list[str] = []
    if chosen is None and champion.failed:
        missed = [{miss.limit for miss in item.failed} for item in attempts if not item.unable]
        found += sorted(set.intersection(*missed)) if missed else []
    before = request.reference_auroc
    values = [item.measures["auroc"] for item in (champion, *attempts) if "auroc" in item.measures]
    defined = [item for item in values if item.value is not None]
    best = max(defined, key=lambda item: item.value or 0.0, default=None)
    if before is not None and best is not None and best.high is not None and best.high < before - request.limits.margin:
        found.append(f"AUROC: {best.value:.2f} with the best fix, {before:.2f} when the model was validated")
    return tuple(found)
