"""Made-up models with a history of many weeks, through disclosure control and the history's own format."""

from __future__ import annotations

import datetime as dt
import math
import random

from wardround.disclosure.watching import watched
from wardround.evidence.decision import Fact
from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import Cause, CauseKind, MonitorEvidence, MonitorFinding, Severity, Signal, Span
from wardround.monitoring import history
from wardround.report.dashboard.values import Look, Model, Proposal, Release, Spell

START = dt.date(2023, 1, 2)


def _signals(span: Span, place: int, late: int, columns: int, chance: random.Random) -> list[Signal]:
    drift = max(0, place - late) * 0.03
    found = []

    def add(rule: str, measure: str, value: float, half: float, **more: object) -> None:
        given = {"n": 1500, "minimum": 100, "limits": (None, None), **more}
        low, high = given["limits"]  # type: ignore[misc]  # a pair
        crossed = (low is not None and value + half < low) or (high is not None and value - half > high)
        estimate = Estimate(value=value, low=value - half, high=value + half)
        found.append(Signal(rule=rule, measure=measure, window=span.name, estimate=estimate, crossed=crossed, **given))

    add("performance.decay", "auroc", 0.78 - drift / 4 + chance.gauss(0, 0.01), 0.03, limits=(0.73, None))
    oe = 1 + drift + chance.gauss(0, 0.04)
    add("calibration.decay", "oe", oe, 0.15, events=round(150 * oe), limits=(0.8, 1.25))
    alerts = 20 + 3 * math.sin(place / 8) + 20 * drift
    add("workload.capacity", "alerts_per_day", alerts, 3, events=round(7 * alerts), limits=(None, 25.0))
    add("value.kpi", "net_benefit", 4 + chance.gauss(0, 0.4), 1, limits=(2.0, None))
    for number in range(columns):
        value = abs(chance.gauss(0.01, 0.01)) + (drift if number < 2 else 0)
        add("drift.feature", "psi", value, 0.02, column=f"input_{number}", limits=(None, 0.1))
    for column, level in (("sex", "F"), ("sex", "M"), ("hospital", "<script>north"), ("hospital", "south")):
        add("calibration.decay", "oe", oe, 0.2, events=60, n=500, column=column, level=level, limits=(0.8, 1.25))
    return found


def files(name: str, *, weeks: int = 30, columns: int = 4, bad: bool = True, seed: int = 1) -> dict[str, bytes]:
    """The history's files: a look a week."""
    chance = random.Random(seed)
    late = weeks - 10 if bad else weeks
    spans = []
    for place in range(weeks):
        start = START + dt.timedelta(days=7 * place)
        spans.append(Span(name=start.isoformat(), start=start, end=start + dt.timedelta(days=7)))
    found: dict[str, bytes] = {}
    for place, span in enumerate(spans):
        findings: tuple[MonitorFinding, ...] = ()
        causes: tuple[Cause, ...] = ()
        if bad and place >= weeks - 3:
            findings = (
                MonitorFinding(
                    rule="calibration.decay",
                    severity=Severity.ALERT,
                    summary="More events happen than are predicted.",
                    advice="Retrain, or recalibrate.",
                    since=spans[weeks - 3].name,
                    windows=(span.name,),
                    facts=(Fact(name="upper limit", type="margin", value=1.25),),
                ),
            )
            causes = (Cause(kind=CauseKind.COVARIATE, summary="Other patients come.", rules=("drift.feature",)),)
        evidence = MonitorEvidence(
            project=name,
            stage="prod",
            versions=("v1.2.0",),
            until=span.end,
            windows=tuple(spans[max(0, place - 7) : place + 1]),
            answers=12_000,
            outcomes=9_000,
            matured=8_000,
            signals=tuple(_signals(span, place, late, columns, chance)),
            findings=findings,
            causes=causes,
        )
        watch = watched(evidence, min_cell=11)
        moment = dt.datetime.combine(span.end, dt.time(3, 17), dt.UTC)
        entry = history.Entry(moment, "sha256:" + "0" * 64, (list(found)[-1],) if found else (), watch)
        content = entry.content()
        found[history.path_of(watch, moment, content)] = content
    return found


def model(name: str, made: dict[str, bytes], *, bad: bool = True, title: str = "") -> Model:
    """The model of those files, with releases and stages."""
    past = history.read(made, 11)[(name, "prod")]
    looks = tuple(Look(entry.ran_at, entry.watch) for entry in past.entries.values())

    def at(year: int, month: int) -> dt.datetime:
        return dt.datetime(year, month, 1, 9, tzinfo=dt.UTC)

    return Model(
        name=name,
        title=title or f"Model {name}",
        outcome="unplanned readmission within 30 days",
        stage="prod",
        spells=(
            Spell("shadow", "v1.0.0", at(2022, 12), at(2023, 2)),
            Spell("prod", "v1.0.0", at(2023, 2), at(2023, 5)),
            Spell("prod", "v1.2.0", at(2023, 5)),
        ),
        releases=(Release("v1.0.0", at(2022, 12)), Release("v1.2.0", at(2023, 4))),
        looks=looks,
        signals=tuple(past.signals().values()),
        due=looks[-1].ran_at + dt.timedelta(hours=36),
        proposals=(Proposal("retraining", "Recalibrate <b>", 12, "https://forge.example/pull/12"),) if bad else (),
    )
