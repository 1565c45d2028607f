"""Bootstrap by subject of all measures of several models at once, for many groups with the same resamples.

A resample draws as many subjects as there are, with replacement; a subject brings all its encounters (Davison &
Hinkley 1997, section 3.8). No rows are copied: a resample is a vector of counts. Sums are sums of counts times the
subjects' sums. AUROC and AUPRC are weighted cumulative sums over scores that are sorted once. Logistic
recalibration takes one Newton step from the fit on the whole sample, whose gradient and information are sums too; the
spline of the ICI takes two, on pooled scores. Pools and thresholds stay those of the whole sample.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import local
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from wardround.stats.jit import available_threads
from wardround.stats.kernels import TILE, draw_counts, ranked_sums, weighted_sums
from wardround.stats.pooled import pooled_measures
from wardround.stats.sample import Floats
from wardround.stats.totals import Fitted, Totals, measures, ratio

#: Resamples whose sums are kept before they are turned into measures; it bounds the memory.
BLOCK = 1024
_SUMS = 9


@dataclass(frozen=True)
class Resampling:
    """``subjects`` are drawn ``resamples`` times; the same seed gives the same resamples whatever ``threads`` is."""

    subjects: int
    resamples: int
    seed: int
    threads: int = 0

    def seeds(self) -> NDArray[np.uint64]:
        """One seed a resample, padded to whole tiles."""
        tiles = -(-self.resamples // TILE)
        return np.random.SeedSequence(self.seed).generate_state(tiles * TILE, np.uint64).astype(np.uint64)

    def counts(self) -> Iterator[NDArray[np.uint8]]:
        """The counts of each resample in turn, shape (subjects,): for plain loops that check the fast ones."""
        seeds = self.seeds()
        for first in range(0, self.resamples, TILE):
            counts = _draw(seeds[first : first + TILE], self.subjects)
            yield from counts.T[: self.resamples - first]


def bootstrap(groups: Sequence[Sequence[Fitted]], plan: Resampling) -> list[Floats]:
    """Measures of every model in every group over all resamples.

    Args:
        groups: for each group the fitted models on its sample; the sample's ``codes`` are below ``plan.subjects``.
        plan: what is drawn.

    Returns:
        For each group an array (models, resamples, measures); NaN where a measure is not defined in a resample.
    """
    jobs = [[_Job(model) for model in group] for group in groups]
    seeds, made = plan.seeds(), []
    with ThreadPoolExecutor(plan.threads or available_threads()) as pool:
        workspace = local()
        for first in range(0, seeds.size, BLOCK):
            block = seeds[first : first + BLOCK]
            outputs = [[job.outputs(block.size) for job in group] for group in jobs]

            def run(at: int, block: NDArray[np.uint64] = block, outputs: Any = outputs) -> None:
                if not hasattr(workspace, "counts"):
                    workspace.counts = np.empty((plan.subjects, TILE), np.uint8)
                    workspace.scratch = np.empty(plan.subjects, np.uint8)
                draw_counts(block[at : at + TILE], workspace.counts, workspace.scratch)
                for group, slots in zip(jobs, outputs, strict=True):
                    for job, slot in zip(group, slots, strict=True):
                        job.run(workspace.counts, slot, at)

            list(pool.map(run, range(0, block.size, TILE)))
            tasks = [
                (job, slot)
                for group, slots in zip(jobs, outputs, strict=True)
                for job, slot in zip(group, slots, strict=True)
            ]
            made.append(list(pool.map(lambda task: task[0].finish(task[1]), tasks)))
    results = []
    models = iter(range(len(made[0])))
    for group in jobs:
        positions = [next(models) for _ in group]
        arrays = [np.concatenate([block[k] for block in made])[: plan.resamples] for k in positions]
        results.append(np.stack(arrays))
    return results


@dataclass(frozen=True)
class _Output:
    sums: Floats
    above: Floats
    events_above: Floats
    pairs: Floats
    steps: Floats


class _Job:
    """One model on one group, in the form that the kernels read."""

    def __init__(self, fitted: Fitted) -> None:
        ranked, sample = fitted.ranked, fitted.ranked.sample
        self.fitted = fitted
        descending = ranked.order[::-1]
        self.subject = sample.codes[sample.subject[descending]].astype(np.int32)
        self.event = np.ascontiguousarray(ranked.sorted_event[::-1])
        self.last = np.zeros(sample.n, np.uint8)
        self.last[sample.n - 1 - ranked.below_n[:-1]] = 1
        self.thresholds = sample.n - ranked.positions(fitted.thresholds)
        self.pools = sample.n - fitted.calibration.bounds[::-1]
        self.marks = np.unique(np.concatenate([self.thresholds, self.pools]))
        self.codes = sample.codes
        self.values = _subject_sums(fitted)

    def outputs(self, resamples: int) -> _Output:
        """Room for the sums of that many resamples, tile by tile."""
        tiles = resamples // TILE
        marks = self.marks.size
        return _Output(
            np.empty((tiles, _SUMS, TILE)),
            np.empty((tiles, marks, TILE)),
            np.empty((tiles, marks, TILE)),
            np.empty((tiles, TILE)),
            np.empty((tiles, TILE)),
        )

    def run(self, counts: NDArray[np.uint8], out: _Output, at: int) -> None:
        """The sums of the tile that starts at resample ``at``."""
        k = at // TILE
        weighted_sums(self.values, self.codes, counts, out.sums[k])
        ranked_sums(
            self.subject,
            self.event,
            self.last,
            self.marks,
            counts,
            out.above[k],
            out.events_above[k],
            out.pairs[k],
            out.steps[k],
        )

    def finish(self, out: _Output) -> Floats:
        """Measures of the block, shape (resamples, measures)."""
        above, events_above = _rows(out.above), _rows(out.events_above)
        sums = _rows(out.sums)
        n, events = above[:, -1], events_above[:, -1]
        at = np.searchsorted(self.marks, self.thresholds)
        pools = np.searchsorted(self.marks, self.pools)
        pool_n = np.diff(above[:, pools], axis=1)[:, ::-1]
        pool_events = np.diff(events_above[:, pools], axis=1)[:, ::-1]
        ici, ece = pooled_measures(self.fitted.calibration, pool_n, pool_events)
        two_classes = (events > 0) & (events < n)
        citl, intercept, slope = _newton_steps(self.fitted, sums, two_classes)
        totals = Totals(
            n=n,
            events=events,
            expected=sums[:, 0],
            squared_error=sums[:, 1],
            alerts=above[:, at],
            hits=events_above[:, at],
            auroc=ratio(out.pairs.reshape(-1), events * (n - events)),
            auprc=ratio(out.steps.reshape(-1), events),
            citl=citl,
            slope=slope,
            intercept=intercept,
            ici=ici,
            ece=ece,
        )
        return measures(totals, self.fitted.thresholds, self.fitted.days)


def _rows(tiles: Floats) -> Floats:
    """(tiles, k, TILE) -> (resamples, k)."""
    return np.ascontiguousarray(tiles.transpose(0, 2, 1)).reshape(-1, tiles.shape[1])


def _subject_sums(fitted: Fitted) -> Floats:
    """Each subject's score, squared error, and gradient and information of both recalibrations: (subjects, 9)."""
    ranked, calibration = fitted.ranked, fitted.calibration
    sample, p, x = ranked.sample, ranked.probability, calibration.logits
    y = sample.outcome
    rows = np.zeros((_SUMS, sample.n))
    rows[0], rows[1] = p, (p - y) ** 2
    if calibration.large.converged:
        observed = expit(x + calibration.large.coefficients[0])
        rows[2], rows[3] = y - observed, observed * (1.0 - observed)
    if calibration.line.converged:
        observed = expit(calibration.line.coefficients[0] + calibration.line.coefficients[1] * x)
        weight = observed * (1.0 - observed)
        rows[4], rows[5] = y - observed, (y - observed) * x
        rows[6], rows[7], rows[8] = weight, weight * x, weight * x * x
    return np.ascontiguousarray(np.add.reduceat(rows, sample.starts, axis=1).T)


def _newton_steps(fitted: Fitted, sums: Floats, defined: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Calibration-in-the-large, intercept and slope of each resample by one Newton step; NaN with one class only."""
    large, line = fitted.calibration.large, fitted.calibration.line
    citl = large.coefficients[0] + ratio(sums[:, 2], sums[:, 3])
    g0, g1, h00, h01, h11 = (sums[:, k] for k in range(4, 9))
    determinant = h00 * h11 - h01 * h01
    # a resample of a few equal scores has an information without rank: no slope
    ranked = np.where(determinant > 1e-12 * h00 * h11, determinant, 0.0)
    intercept = line.coefficients[0] + ratio(h11 * g0 - h01 * g1, ranked)
    slope = line.coefficients[1] + ratio(h00 * g1 - h01 * g0, ranked)
    return _where(defined, citl), _where(defined, intercept), _where(defined, slope)


def _where(defined: NDArray[np.bool_], values: Floats) -> Floats:
    return np.where(defined, values, np.nan)


def _draw(seeds: NDArray[np.uint64], subjects: int) -> NDArray[np.uint8]:
    counts = np.empty((subjects, TILE), np.uint8)
    draw_counts(seeds, counts, np.empty(subjects, np.uint8))
    return counts
