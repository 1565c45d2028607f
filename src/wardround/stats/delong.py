"""Standard errors of AUROC and of paired differences by DeLong, in Obuchowski's form for clustered data.

DeLong, DeLong & Clarke-Pearson 1988 (Biometrics 44:837); O(n log n) through ranks as in Sun & Xu 2014; clusters as in
Obuchowski 1997 (Biometrics 53:567). With one encounter a subject it is exactly DeLong's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wardround.stats.discrimination import auroc, placements
from wardround.stats.sample import Floats, Ranked, Sample


@dataclass(frozen=True)
class PairedAuroc:
    """AUROC of reference and head with their standard errors and that of head - reference; NaN where undefined."""

    reference: float
    head: float
    reference_error: float
    head_error: float
    difference_error: float

    @property
    def difference(self) -> float:
        """Head minus reference."""
        return self.head - self.reference


def auroc_error(ranked: Ranked) -> float:
    """Standard error of one AUROC, clustered by subject."""
    parts = _centred(ranked)
    return float("nan") if parts is None else _error(ranked.sample, *parts)


def paired_auroc(reference: Ranked, head: Ranked) -> PairedAuroc:
    """Both AUROCs and the standard error of their difference, on the same sample, clustered by subject."""
    first, second = _centred(reference), _centred(head)
    nan = float("nan")
    if first is None or second is None:
        return PairedAuroc(auroc(reference), auroc(head), nan, nan, nan)
    sample = head.sample
    return PairedAuroc(
        auroc(reference),
        auroc(head),
        _error(sample, *first),
        _error(sample, *second),
        _error(sample, second[0] - first[0], second[1] - first[1]),
    )


def _centred(ranked: Ranked) -> tuple[Floats, Floats] | None:
    """Each subject's summed placements of events and of non-events, less their number times the AUROC."""
    sample = ranked.sample
    if not 0 < sample.events < sample.n:
        return None
    excess = placements(ranked) - auroc(ranked)
    of_events = excess * sample.outcome
    return np.add.reduceat(of_events, sample.starts), np.add.reduceat(excess - of_events, sample.starts)


@dataclass(frozen=True)
class Clusters:
    """How many subjects have an event, a non-event, or either."""

    with_events: int
    with_others: int
    subjects: int


def clusters(sample: Sample) -> Clusters:
    """Counts the subjects of a sample."""
    events = np.add.reduceat(sample.outcome, sample.starts)
    size = np.diff(np.append(sample.starts, sample.n))
    return Clusters(int(np.count_nonzero(events)), int(np.count_nonzero(size > events)), sample.subjects)


def obuchowski(count: Clusters, events: float, others: float, both: float) -> float:
    """Standard error from cross products of the subjects' centred placements, already over m, n and m n.

    The variance is I10 / (I10 - 1) ``events`` + I01 / (I01 - 1) ``others`` + 2 I / (I - 1) ``both``: each kind with
    its own count of clusters. NaN if fewer than two subjects have events, or non-events.
    """
    if count.with_events < 2 or count.with_others < 2:
        return float("nan")
    variance = (
        count.with_events / (count.with_events - 1) * events
        + count.with_others / (count.with_others - 1) * others
        + 2.0 * count.subjects / (count.subjects - 1) * both
    )
    return float(np.sqrt(max(variance, 0.0)))


def _error(sample: Sample, of_events: Floats, of_others: Floats) -> float:
    m, n = float(sample.events), float(sample.n - sample.events)
    return obuchowski(
        clusters(sample),
        float(np.sum(of_events * of_events)) / m**2,
        float(np.sum(of_others * of_others)) / n**2,
        float(np.sum(of_events * of_others)) / (m * n),
    )
