"""Two models on 100,000 scored encounters, all measures, 1,000 subject-clustered resamples, 10 subgroups.

Peer: a loop of scikit-learn metrics over resamples (AUROC, average precision, Brier score, calibration curve of ten
quantile bins, confusion matrices at the thresholds), for both models, everybody and each subgroup. Its time is that of
one resample, times the number of resamples. Recalibration (slope, intercepts) and the ICI are left out of the loop,
in its favour: ours computes them too. Wanted: at least 100 times faster.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np
import sklearn
from scipy.special import expit
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, brier_score_loss, confusion_matrix, roc_auc_score

from wardround.compare import Grouping, MeasureSettings, Scored, compare_population, score_edges
from wardround.stats.jit import available_threads

THRESHOLDS = (0.2, 0.1, 0.3)


def encounters(n: int, *, grouped: bool) -> tuple[Scored, np.ndarray]:
    """Simulated scores of a head and a reference, 1.4 encounters a subject, 12 % events, groups of sex, age and site."""
    rng = np.random.default_rng(20260101)
    many = int(n * 0.7)
    subject = np.sort(rng.integers(0, many, n))
    linear = 0.8 * rng.normal(size=n) + 0.7 * rng.normal(size=many)[subject] - 2.4
    outcome = (rng.random(n) < expit(linear)).astype(np.int8)
    head, reference = (expit(linear + noise * rng.normal(size=n)) for noise in (0.5, 0.7))
    groups = tuple(
        Grouping(
            name, tuple(f"{name}{k}" for k in range(levels)), rng.integers(0, levels, many)[subject].astype(np.int32)
        )
        for name, levels in (("sex", 2), ("age", 5), ("site", 3))
    )
    return Scored(outcome, subject, head, groups if grouped else (), 365.0), reference


def settings(interval: str, resamples: int) -> MeasureSettings:
    return MeasureSettings(THRESHOLDS, score_edges(THRESHOLDS), interval=interval, resamples=resamples)


def seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def one_resample(head: Scored, reference: np.ndarray, rng: np.random.Generator) -> None:
    """What a plain loop does in each resample: copy the drawn subjects' rows, then call each metric."""
    starts = np.flatnonzero(np.append(True, np.diff(head.subject) != 0))
    sizes = np.diff(np.append(starts, head.n))
    drawn = rng.integers(0, starts.size, starts.size)
    within = np.arange(sizes[drawn].sum()) - np.repeat(np.cumsum(sizes[drawn]) - sizes[drawn], sizes[drawn])
    rows = np.repeat(starts[drawn], sizes[drawn]) + within
    parts = [rows]
    for grouping in head.groupings:
        parts += [rows[grouping.codes[rows] == code] for code in range(len(grouping.levels))]
    for part in parts:
        y = head.outcome[part]
        for probability in (reference, head.probability):
            p = probability[part]
            roc_auc_score(y, p)
            average_precision_score(y, p)
            brier_score_loss(y, p)
            calibration_curve(y, p, n_bins=10, strategy="quantile")
            for threshold in THRESHOLDS:
                confusion_matrix(y, p >= threshold)


def options(description: str, runs: int) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=runs, help="runs of each side, alternating")
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows, three runs")
    parser.add_argument("--out", type=Path, help="also write the result as JSON")
    return parser.parse_args()


def tell(result: dict[str, object], out: Path | None) -> None:
    result |= {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "scikit_learn": sklearn.__version__,
        "threads": available_threads(),
    }
    for name, value in result.items():
        print(f"{name:>28}: {value:.3f}" if isinstance(value, float) else f"{name:>28}: {value}")
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(result, indent=2) + "\n")


def main() -> None:
    chosen = options(__doc__, 5)
    n, runs, resamples = (10_000, 3, 1000) if chosen.quick else (100_000, chosen.runs, 1000)
    head, reference = encounters(n, grouped=True)
    plan = settings("bootstrap", resamples)
    rng = np.random.default_rng(1)
    compare_population("warm", *encounters(2000, grouped=True), settings("bootstrap", 32))
    one_resample(head, reference, rng)
    ours, peer = [], []
    for _ in range(runs):
        ours.append(seconds(lambda: compare_population("new_subjects", head, reference, plan)))
        peer.append(seconds(lambda: one_resample(head, reference, rng)) * resamples)
    tell(
        {
            "name": "comparison of two models",
            "encounters": n,
            "resamples": resamples,
            "subgroups": 10,
            "ours_seconds": statistics.median(ours),
            "peer": "loop of scikit-learn metrics (one resample measured, extrapolated)",
            "peer_seconds": statistics.median(peer),
            "ratio": statistics.median(b / a for a, b in zip(ours, peer, strict=True)),
            "wanted": "at least 100",
            "runs": runs,
        },
        chosen.out,
    )


if __name__ == "__main__":
    main()
