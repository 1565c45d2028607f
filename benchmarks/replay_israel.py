"""The retraining ladder replayed on Israel's COVID-19 tests of 2020: trained on 22-31 March, looked at weekly from 1 April.

    python benchmarks/replay_israel.py [PARQUET]

Outcomes are known at once here, and every row is a subject. Each week the model that is live is measured; when the whole interval of O/E
lies outside 0.8 to 1.25, the ladder is climbed on that week's halves, and the chosen fix, fitted on the whole week, is live from the next.
"""

from __future__ import annotations

import datetime as dt
import math
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wardround.compare import MeasureSettings, measure_population, score_edges
from wardround.evidence.monitor import Cause, CauseKind, MonitorEvidence, MonitorFinding, Severity, Span
from wardround.evidence.retraining import Fix
from wardround.monitoring.retraining import Climb, Half, LadderRequest, Limits, answer_to, climb, halves
from wardround.monitoring.retraining.deciding import EXPLAINS, barred, explained_by, lost_columns
from wardround.project.params import parse
from wardround.stages.features.spec import FeatureSpec
from wardround.stages.train import fitting
from wardround.stats.recalibration import Recalibration, fit_intercept, fit_platt

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared/data/israel_covid_tests/corona_tested_individuals_ver_0083.parquet"
SIGNS = ("cough", "fever", "sore_throat", "shortness_of_breath", "head_ache")
LEVELS = {
    "age_60_and_above": ("No", "Yes"),
    "gender": ("female", "male"),
    "test_indication": ("Other", "Contact with confirmed", "Abroad"),
}
FIRST = dt.date(2020, 4, 1)
LIMITS = Limits()
SETTINGS = MeasureSettings((0.1,), score_edges((0.1,)), min_events=1, interval="influence")
#: A column that loses so much more of its values than in training is out. Project choice.
JUMP = 0.2
#: Days that a refit is fitted on.
REFIT_DAYS = 28


@dataclass(frozen=True)
class Tests:
    """All tests with a result: ``matrix`` (n, features), ``outcome``, ``day`` counted from 1 April 2020."""

    matrix: np.ndarray
    outcome: np.ndarray
    day: np.ndarray
    spec: FeatureSpec

    def between(self, start: int, end: int) -> np.ndarray:
        """Rows of those days, the last excluded."""
        return np.flatnonzero((self.day >= start) & (self.day < end))


@dataclass
class Live:
    """The model that answers: an estimator and what recalibrates it."""

    fitted: fitting.Fitted
    steps: tuple[Recalibration, ...] = ()

    def probabilities(self, matrix: np.ndarray) -> np.ndarray:
        """Probabilities as served."""
        answered = self.fitted.probabilities(matrix)
        for step in self.steps:
            answered = step.apply(answered)
        return answered


@dataclass(frozen=True)
class Week:
    """One look. ``frozen`` and ``live`` are O/E with low and high; ``after`` is O/E of the fixed model on the week that it was fitted on."""

    start: dt.date
    n: int
    events: int
    frozen: tuple[float, float, float]
    live: tuple[float, float, float]
    frozen_auroc: float
    live_auroc: float
    lost: tuple[str, ...]
    issue: tuple[Cause, ...]
    alarm: bool
    climb: Climb | None = None
    after: float | None = None
    waits: str = ""

    @property
    def action(self) -> str:
        """What was done, in a word."""
        if self.climb is None:
            return "waits" if self.waits else ""
        return self.climb.chosen.fix.value if self.climb.chosen and self.climb.chosen.fix else "none suffices"


@dataclass
class Replay:
    """All weeks."""

    weeks: list[Week] = field(default_factory=list)

    def logs(self, name: str) -> np.ndarray:
        """|ln O/E| by week of ``frozen`` or ``live``."""
        return np.array([abs(math.log(getattr(week, name)[0])) for week in self.weeks])

    def within(self, name: str, factor: float) -> float:
        """The share of weeks whose O/E lies within 1/factor to factor."""
        return float((self.logs(name) <= math.log(factor) + 1e-12).mean())


def load(path: Path) -> Tests:
    """The tests with a positive or negative result."""
    table = pq.read_table(path)
    known = pc.is_in(table["corona_result"].cast("string"), value_set=pa.array(["positive", "negative"]))
    table = table.filter(known)
    columns = [pc.cast(table[name].cast("string"), "float64").to_numpy() for name in SIGNS]
    for name, levels in LEVELS.items():
        place = pc.index_in(table[name].cast("string"), value_set=pa.array(levels))
        columns.append(pc.cast(place, "float64").to_numpy(zero_copy_only=False))
    day = pc.cast(pc.strptime(table["test_date"].cast("string"), "%Y-%m-%d", "s"), "date32").cast("int32").to_numpy()
    outcome = pc.equal(table["corona_result"].cast("string"), "positive").to_numpy(zero_copy_only=False)
    spec = FeatureSpec((*SIGNS, *LEVELS), LEVELS)
    return Tests(np.column_stack(columns), outcome.astype(np.float64), day - (FIRST - dt.date(1970, 1, 1)).days, spec)


def fit_model(tests: Tests, rows: np.ndarray) -> fitting.Fitted:
    """The project's own model with its own settings, fitted on those rows; columns without any value are set apart."""
    params = parse((ROOT / "params.yaml").read_text(encoding="utf-8"))
    recipe = fitting.Recipe.load(ROOT / "pipelines" / "model.py", tests.spec, params)
    return fitting.fit(recipe, tests.matrix[rows], tests.outcome[rows], params.train)


def measured(outcome: np.ndarray, probability: np.ndarray) -> tuple[tuple[float, float, float], float]:
    """O/E with its interval, and AUROC."""
    half = Half(outcome.astype(np.int8), np.arange(len(outcome)), probability)
    found = measure_population("week", half.scored(), SETTINGS).groups[0].measures
    oe = found["oe"]
    return (oe.value or 0.0, oe.low or 0.0, oe.high or math.inf), found["auroc"].value or math.nan


def replay(tests: Tests) -> Replay:
    """Every week from 1 April to the last one."""
    training = tests.between((dt.date(2020, 3, 22) - FIRST).days, 0)
    frozen = fit_model(tests, training)
    live = Live(frozen)
    told = Replay()
    for start in range(0, int(tests.day.max()) + 1, 7):
        week = tests.between(start, start + 7)
        looked, live = _look(tests, training, start, week, Live(frozen), live)
        told.weeks.append(looked)
    return told


def _look(
    tests: Tests, training: np.ndarray, start: int, week: np.ndarray, frozen: Live, live: Live
) -> tuple[Week, Live]:
    outcome, matrix = tests.outcome[week], tests.matrix[week]
    served = live.probabilities(matrix)
    was, was_auroc = measured(outcome, frozen.probabilities(matrix))
    now, now_auroc = measured(outcome, served)
    low, high = LIMITS.observed_expected
    alarm = now[1] > high or now[2] < low
    more = np.isnan(matrix).mean(axis=0) - np.isnan(tests.matrix[training]).mean(axis=0)
    lost = tuple(name for name, share in zip(tests.spec.names, more, strict=True) if share > JUMP)
    answer = answer_to(_evidence(start, alarm, lost))
    week_said = {
        "start": FIRST + dt.timedelta(start),
        "n": len(week),
        "events": int(outcome.sum()),
        "frozen": was,
        "live": now,
        "frozen_auroc": was_auroc,
        "live_auroc": now_auroc,
        "lost": lost,
        "issue": answer.issue,
        "alarm": alarm,
    }
    if not answer.climbs:
        return Week(**week_said, waits=answer.waits), live
    gone = lost_columns(answer)
    if gone and _outage_explains(tests, training, live, gone, now[0]):
        return Week(**week_said, waits=f"the outage of {', '.join(gone)} explains it"), live
    climbed = climb(_request(tests, start, week, served, gone))
    if climbed.chosen is None:
        return Week(**week_said, climb=climbed), live
    live = _fixed(tests, climbed.chosen.fix, start, week, live)
    after = float(outcome.sum() / live.probabilities(matrix).sum())
    return Week(**week_said, climb=climbed, after=after), live


def _outage_explains(tests: Tests, training: np.ndarray, live: Live, gone: tuple[str, ...], observed: float) -> bool:
    matrix = tests.matrix[training]
    blanked = matrix.copy()
    blanked[:, tests.spec.positions(gone)] = np.nan
    events = tests.outcome[training].sum()
    before, without = (float(events / live.probabilities(rows).sum()) for rows in (matrix, blanked))
    return explained_by(before, without, observed) >= EXPLAINS


def _evidence(start: int, alarm: bool, lost: tuple[str, ...]) -> MonitorEvidence:
    """What the monitor would say of this week: an alarm about calibration, and one for each column that is out."""
    first = FIRST + dt.timedelta(start)
    window = Span(name=first.isoformat(), start=first, end=first + dt.timedelta(7))
    findings = [
        MonitorFinding(rule="drift.missing", severity=Severity.ALERT, subject=name, summary=f"{name} is missing")
        for name in lost
    ]
    if alarm:
        findings.append(
            MonitorFinding(rule="calibration.decay", severity=Severity.ALERT, summary="O/E is outside its limits")
        )
    causes = [
        Cause(kind=CauseKind.OUTAGE, subject=name, summary=f"{name} does not arrive", rules=("drift.missing",))
        for name in lost
    ]
    return MonitorEvidence(
        project="covid",
        stage="prod",
        versions=("v1.0.0",),
        until=window.end,
        windows=(window,),
        answers=0,
        outcomes=0,
        matured=0,
        findings=tuple(findings),
        causes=tuple(causes),
    )


def _request(tests: Tests, start: int, week: np.ndarray, served: np.ndarray, gone: tuple[str, ...]) -> LadderRequest:
    chosen = halves([str(row) for row in week], seed=start)

    def half(mask: np.ndarray) -> Half:
        return Half(tests.outcome[week][mask].astype(np.int8), week[mask], served[mask], 7.0 * float(mask.mean()))

    def refit() -> tuple[np.ndarray, str]:
        fitted = fit_model(tests, tests.between(start - REFIT_DAYS, start))
        kept, held = week[chosen], week[~chosen]
        fitted = fitting.recalibrate(fitted, "intercept", tests.matrix[kept], tests.outcome[kept])
        return fitted.probabilities(tests.matrix[held]), f"on {REFIT_DAYS} days, then the intercept"

    return LadderRequest(
        half(chosen), half(~chosen), LIMITS, (0.1,), refit=refit, barred=barred(gone), reference_auroc=0.89
    )


def _fixed(tests: Tests, fix: Fix | None, start: int, week: np.ndarray, live: Live) -> Live:
    """The chosen fix, fitted on the whole of what it was tried on."""
    outcome = tests.outcome[week]
    served = live.probabilities(tests.matrix[week])
    if fix is Fix.INTERCEPT:
        return Live(live.fitted, (*live.steps, fit_intercept(served, outcome)))
    if fix is Fix.PLATT:
        return Live(live.fitted, (*live.steps, fit_platt(served, outcome)))
    fitted = fit_model(tests, tests.between(start - REFIT_DAYS, start))
    return Live(fitting.recalibrate(fitted, "intercept", tests.matrix[week], outcome))


def facts(told: Replay) -> dict[str, float]:
    """The figures that are asked for."""
    frozen, live = told.logs("frozen"), told.logs("live")
    alarmed = [place for place, week in enumerate(told.weeks) if week.alarm]
    after = [
        np.median([logs[place + 1 : place + 3].mean() for place in alarmed if place + 1 < len(logs)])
        for logs in (live, frozen)
    ]
    autumn = next(place for place in alarmed if told.weeks[place].start >= dt.date(2020, 9, 2))
    fortnight = told.weeks[autumn + 1 : autumn + 3]
    events = sum(week.events for week in fortnight)
    return {
        "frozen": float(frozen.mean()),
        "live": float(live.mean()),
        "ratio": float(live.mean() / frozen.mean()),
        "live within 1.25": told.within("live", 1.25),
        "live within 1.5": told.within("live", 1.5),
        "frozen within 1.25": told.within("frozen", 1.25),
        "frozen within 1.5": told.within("frozen", 1.5),
        "fitting week, worst": max(abs(week.after - 1) for week in told.weeks if week.after is not None),
        "after alarms, live": float(after[0]),
        "after alarms, frozen": float(after[1]),
        "autumn fortnight": events / sum(week.events / week.live[0] for week in fortnight),
    }


def table(told: Replay) -> str:
    """The weeks as a Markdown table."""
    lines = [
        "| week from | tests | positive | frozen O/E | maintained O/E | AUROC frozen / maintained | lost | done |",
        "|---|--:|--:|--:|--:|--:|---|---|",
    ]
    for week in told.weeks:
        done = week.action or ("" if not week.alarm else "none")
        lost = ", ".join(week.lost)
        lines.append(
            f"| {week.start} | {week.n:,} | {100 * week.events / week.n:.1f} % | {week.frozen[0]:.2f} | {week.live[0]:.2f} | "
            f"{week.frozen_auroc:.2f} / {week.live_auroc:.2f} | {lost} | {done}{' + data issue' if week.issue else ''} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    result = replay(load(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA))
    print(table(result))
    for name, value in facts(result).items():
        print(f"{name}: {value:.3f}")
