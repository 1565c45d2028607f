"""How much measures would vary: standard errors and limits of one model, two, and their difference, for each group.

Intervals come from the bootstrap by subject (percentiles) or from influence functions, as the settings say. AUROC is
always DeLong's in Obuchowski's form, which is exact and needs neither. ICI and ECE get a symmetric interval from the
bootstrap's standard error: they are distances, so that every resample's is larger on average than the sample's, and
percentiles would be shifted upwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardround.compare.slices import Slice, dense_codes, slices
from wardround.compare.types import MeasureSettings, Scored
from wardround.stats.bootstrap import Resampling, bootstrap
from wardround.stats.delong import auroc_error, paired_auroc
from wardround.stats.influence import paired_standard_errors, standard_errors
from wardround.stats.jit import available_threads
from wardround.stats.names import SCORE_MEASURES
from wardround.stats.sample import Floats, make_sample, rank
from wardround.stats.totals import Fitted, fit

#: A measure has no interval if it is not defined in more than this share of the resamples (project choice).
MAX_UNDEFINED = 0.05
_AUROC = SCORE_MEASURES.index("auroc")
_SYMMETRIC = [SCORE_MEASURES.index(name) for name in ("auroc", "ici", "ece")]


@dataclass(frozen=True)
class Spread:
    """Standard error of each measure and its percentile limits; NaN where there is none."""

    method: str
    error: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Measured:
    """A group with its fitted models (none if it is not assessed), their spreads, and that of second - first."""

    part: Slice
    fitted: tuple[Fitted, ...] = ()
    spreads: tuple[Spread, ...] = ()
    difference: Spread | None = None


def measure_groups(
    scored: Scored, probabilities: Sequence[NDArray[np.float64]], settings: MeasureSettings
) -> Iterator[Measured]:
    """Every group of a population measured for one model or two, on the same encounters and the same resamples.

    Group after group, so that large populations need memory for one group at a time; only the bootstrap, which takes
    the same resamples for all, holds all of them.
    """
    codes = dense_codes(scored.subject)
    threads = settings.threads or available_threads()
    parts = slices(scored, codes, settings)
    with ThreadPoolExecutor(threads) as pool:

        def fitted(part: Slice) -> tuple[Fitted, ...]:
            if not part.assessed:
                return ()
            sample, order = make_sample(part.of(scored.outcome), part.of(codes))
            scores = [part.of(probability) for probability in probabilities]
            ranked = pool.map(lambda p: rank(sample, p if order is None else p[order]), scores)
            return tuple(pool.map(lambda each: fit(each, settings.thresholds, scored.days), ranked))

        if not settings.bootstraps(scored.n) or codes.max(initial=0) < 1:
            for part in parts:
                models = fitted(part)
                yield _linearised(part, models, threads) if models else Measured(part)
            return
        groups = [(part, fitted(part)) for part in parts]
    plan = Resampling(int(codes.max()) + 1, settings.resamples, settings.seed, threads)
    resampled = iter(bootstrap([models for _, models in groups if models], plan))
    for part, models in groups:
        yield _bootstrapped(part, models, next(resampled), settings.confidence) if models else Measured(part)


def _linearised(part: Slice, models: tuple[Fitted, ...], threads: int) -> Measured:
    if len(models) == 1:
        return Measured(part, models, (_from_errors(standard_errors(models[0], threads)),))
    errors = paired_standard_errors(models[0], models[1], threads)
    spreads = (_from_errors(errors.reference), _from_errors(errors.head))
    return Measured(part, models, spreads, _from_errors(errors.difference))


def _from_errors(errors: Floats) -> Spread:
    nothing = np.full(errors.shape, np.nan)
    return Spread("influence", errors, nothing, nothing)


def _bootstrapped(part: Slice, models: tuple[Fitted, ...], resampled: Floats, confidence: float) -> Measured:
    if len(models) == 1:
        return Measured(part, models, (_percentiles(resampled[0], auroc_error(models[0].ranked), confidence),))
    delong = paired_auroc(models[0].ranked, models[1].ranked)
    spreads = (
        _percentiles(resampled[0], delong.reference_error, confidence),
        _percentiles(resampled[1], delong.head_error, confidence),
    )
    difference = _percentiles(resampled[1] - resampled[0], delong.difference_error, confidence)
    return Measured(part, models, spreads, difference)


def _percentiles(resampled: Floats, auroc: float, confidence: float) -> Spread:
    """Standard deviation and percentiles of each column over the resamples in which it is defined."""
    defined = np.isfinite(resampled)
    share = defined.mean(axis=0)
    error, low, high = (np.full(resampled.shape[1], np.nan) for _ in range(3))
    tails = ((1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0)
    whole = share == 1.0
    if whole.any():
        error[whole] = resampled[:, whole].std(axis=0, ddof=1)
        low[whole], high[whole] = np.quantile(resampled[:, whole], tails, axis=0)
    for k in np.flatnonzero(~whole & (share >= 1.0 - MAX_UNDEFINED)):
        column = resampled[defined[:, k], k]
        error[k] = column.std(ddof=1)
        low[k], high[k] = np.quantile(column, tails)
    error[_AUROC] = auroc
    low[_SYMMETRIC] = high[_SYMMETRIC] = np.nan
    return Spread("bootstrap", error, low, high)
