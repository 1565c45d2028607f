"""False alerts, power, delay and causes of the monitor's outcome side, on simulated hospitals; prints Markdown.

    python benchmarks/watch_outcomes.py [--seeds N] [--sizes 200,2000] [--jobs N]

Every seed draws a hospital (coefficients, rate, mix of sites and groups), a model that is right about it, a validation, six quiet windows, and six
windows after a change of a kind and size that the seed draws too. The monitor judges the windows in order, as a weekly look would. Nothing of
this file is imported by the package.
"""

from __future__ import annotations

import argparse
import datetime as dt
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.special import expit

from wardround.compare import Grouping, Scored, measure_population
from wardround.evidence.measures import Metrics
from wardround.evidence.monitor import Severity, Span
from wardround.monitoring.alarms import runs
from wardround.monitoring.outcomes import OutcomeRequest, saying
from wardround.monitoring.outcomes.answered import Answered
from wardround.monitoring.outcomes.joined import Joined
from wardround.monitoring.outcomes.judging import Judging
from wardround.monitoring.performance.parts import Reference, settings
from wardround.monitoring.performance.regions import Regions
from wardround.project.params import from_mapping

PARAMS = from_mapping(
    {
        "project": {"name": "simulated"},
        "data": {
            "source": "files",
            "path": "x",
            "columns": {"encounter": "e", "outcome": "event", "site": "site"},
        },
        "evaluate": {"thresholds": [0.2], "subgroups": [{"column": "sex"}]},
    }
)
BEFORE, AFTER = 6, 6
KINDS = ("none", "covariate", "prior", "concept", "site concept")
INPUTS = ("a", "b", "c", "d", "flag")


@dataclass(frozen=True)
class Hospital:
    """What a seed draws: how inputs act, how often the event happens, and the change to come."""

    weights: np.ndarray
    intercept: float
    kind: str
    size: float
    sign: float
    column: int

    @classmethod
    def draw(cls, random: np.random.Generator, kind: str) -> Hospital:
        weights = random.normal(0, 0.7, len(INPUTS))
        return cls(
            weights,
            random.uniform(-2.8, -1.2),
            kind,
            random.uniform(0.5, 1.5),
            random.choice([-1.0, 1.0]),
            int(np.argmax(np.abs(weights[:4]))),
        )

    def window(
        self, random: np.random.Generator, n: int, *, changed: bool
    ) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
        """Inputs, the model's probabilities and what happened."""
        mean = np.zeros(len(INPUTS))
        if changed and self.kind == "covariate":
            mean[self.column] = self.sign * self.size
        x = random.normal(mean, 1.0, (n, len(INPUTS)))
        x[:, 4] = x[:, 4] > 0.5
        site = random.integers(0, 3, n)
        told = self.intercept + x @ self.weights
        true = told.copy()
        if changed and self.kind == "prior":
            true += self.sign * self.size
        if changed and "concept" in self.kind:
            effect = self.weights[self.column] * x[:, self.column]
            hit = site == 0 if self.kind == "site concept" else np.ones(n, bool)
            true = np.where(hit, told - (1.0 + self.size) * effect, told)
        frame = pd.DataFrame(x, columns=list(INPUTS)).assign(
            site=np.array(["north", "south", "east"])[site], sex=np.array(["f", "m"])[random.integers(0, 2, n)]
        )
        return frame, expit(told), (random.random(n) < expit(true)).astype(np.int8)


def joined(place: int, frame: pd.DataFrame, p: np.ndarray, happened: np.ndarray) -> Joined:
    start = dt.date(2026, 1, 5) + dt.timedelta(days=7 * place)
    n = p.size
    days = np.full(7, n // 7)
    answered = Answered(
        span=Span(name=f"w{place:02d}", start=start, end=start + dt.timedelta(days=7)),
        versions={"v": n},
        by_day=days,
        alerts_by_day=np.bincount(np.arange(int((p >= 0.2).sum())) % 7, minlength=7),
        silence=1.0,
        keys=np.zeros(n, "S16"),
        named=np.ones(n, bool),
        subject=np.arange(n),
        moment=np.zeros(n, np.int64),
        probability=p,
        frame=frame,
    )
    return Joined(answered, happened, np.zeros(n, np.int64), mature=True)


def one(seed: int, kind: str, n: int) -> tuple[int, int | None, str]:
    """Alerts in quiet windows, windows until the first alert after the change (None: none), and the cause then given."""
    random = np.random.default_rng([seed, n, KINDS.index(kind)])
    hospital = Hospital.draw(random, kind)
    frame, p, happened = hospital.window(random, 20_000, changed=False)
    sex = Grouping("sex", ("f", "m"), (frame["sex"] == "m").to_numpy().astype(np.int32))
    scored = Scored(happened, np.arange(p.size), p, (sex,), days=100.0)
    metrics = Metrics(thresholds=(0.2,), populations=(measure_population("all_comers", scored, settings(PARAMS)),))
    windows = [joined(k, *hospital.window(random, n, changed=k >= BEFORE)) for k in range(BEFORE + AFTER)]
    spans = tuple(window.span for window in windows)
    request = OutcomeRequest(
        params=PARAMS, log="", outcomes=None, windows=spans, until=spans[-1].end, reference=metrics, inputs=INPUTS
    )
    judging = Judging(request, Reference.of(metrics), Regions(INPUTS, (0.2,)))
    judged, order, false, delay, cause = [], [span.name for span in spans], 0, None, ""
    for k, window in enumerate(windows):
        judged += judging.window(window, [item.answered.by_day for item in windows[:k]])
        crossing = runs(judged, order, PARAMS.monitor.outcome.persistence)
        alert = any(item.severity is Severity.ALERT for item in saying.findings(crossing))
        if k < BEFORE or kind == "none":
            false += alert
        elif delay is None and (alert or (kind == "covariate" and crossing)):
            delay = k - BEFORE + 1
            causes = saying.causes(crossing, judged)
            cause = causes[0].kind.value if causes else "none given"
            if kind == "covariate" and not alert:
                cause += " (no alert)"
    return false, delay, cause


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--sizes", default="200,500,2000")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    print(
        "| change | encounters a window | seeds | false alerts per 100 windows | found | windows until found (median) | cause given |"
    )
    print("|---|---|---|---|---|---|---|")
    with ProcessPoolExecutor(given.jobs) as pool:
        for kind in given.kinds.split(","):
            for n in map(int, given.sizes.split(",")):
                told = list(pool.map(partial(one, kind=kind, n=n), range(given.seeds), chunksize=4))
                quiet = given.seeds * (BEFORE if kind != "none" else BEFORE + AFTER)
                false = 100 * sum(item[0] for item in told) / quiet
                delays = [item[1] for item in told if item[1] is not None]
                causes = ", ".join(
                    f"{name} {count}" for name, count in Counter(item[2] for item in told if item[2]).most_common()
                )
                found = "" if kind == "none" else f"{100 * len(delays) / given.seeds:.0f} %"
                print(
                    f"| {kind} | {n:,} | {given.seeds} | {false:.2f} | {found} | {np.median(delays) if delays else '':} | {causes} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
