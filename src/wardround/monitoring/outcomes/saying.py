"""From measures beyond their limits to findings, and to what probably caused them."""

from __future__ import annotations

from collections.abc import Sequence

from wardround.evidence.decision import Fact
from wardround.evidence.monitor import Cause, CauseKind, MonitorFinding, Severity, Signal, State
from wardround.monitoring.alarms import REGION, Judged, Run
from wardround.monitoring.outcome_rules import words
from wardround.monitoring.performance.concept import UNANNOUNCED
from wardround.monitoring.performance.regions import SCORE

_ORDER = list(Severity)


def findings(found: Sequence[Run]) -> list[MonitorFinding]:
    """One finding for each measure that lies beyond its limits now: an alert when it persists, else a warning.

    A group says nothing of its own where everybody moved in the same way and it did not move further.
    """
    general = {
        (run.last.signal.rule, run.last.signal.measure, run.last.side): run
        for run in found
        if not run.last.signal.column
    }
    told = []
    for run in found:
        signal = run.last.signal
        everybody = general.get((signal.rule, signal.measure, run.last.side))
        if (
            signal.column
            and everybody is not None
            and (everybody.alert or not run.alert)
            and not _further(run, everybody)
        ):
            continue
        told.append(_finding(run))
    return told


def _further(run: Run, everybody: Run) -> bool:
    """Whether a group's whole interval lies beyond everybody's estimate's interval."""
    own, other = run.last.signal.estimate, everybody.last.signal.estimate
    if own.low is None or own.high is None or other.low is None or other.high is None:
        return True
    return own.high < other.low if run.last.side < 0 else own.low > other.high


def _finding(run: Run) -> MonitorFinding:
    signal = run.last.signal
    said = words(signal.rule, signal.measure, run.last.side)
    severity = min(Severity.ALERT if run.alert else Severity.WARNING, said.most, key=_ORDER.index)
    return MonitorFinding(
        rule=signal.rule,
        severity=severity,
        subject=subject(signal),
        summary=said.summary,
        advice=said.advice,
        since=run.since,
        windows=run.windows,
        facts=facts(signal),
    )


def subject(signal: Signal) -> str:
    """The group, region or KPI that a signal is about; empty for everybody."""
    if signal.rule == "value.kpi":
        return signal.measure
    return f"{signal.column}={signal.level}" if signal.level else signal.column


def facts(signal: Signal) -> tuple[Fact, ...]:
    """The measure with its interval, what it counts, and its limits."""
    group = f"{signal.column}={signal.level}" if signal.level else "all"
    estimate = signal.estimate
    told = [
        Fact(
            name=signal.measure,
            type="measure",
            value=estimate.value,
            low=estimate.low,
            high=estimate.high,
            group=group,
        )
    ]
    if signal.n:
        told.append(Fact(name="encounters", type="count", count=signal.n, group=group))
    names = ("lower limit", "upper limit")
    told += [
        Fact(name=name, type="margin", value=limit)
        for name, limit in zip(names, signal.limits, strict=True)
        if limit is not None
    ]
    return tuple(told)


def within_limits(judged: Sequence[Judged], order: Sequence[str], persistence: tuple[int, int]) -> list[MonitorFinding]:
    """A note where everybody's observed/expected has left 1 for k of the last n windows, and is still tolerated."""
    wanted, of = persistence
    place = {name: position for position, name in enumerate(order)}
    series = sorted(
        (
            item.signal
            for item in judged
            if (item.signal.measure, item.signal.column, item.signal.state) == ("oe", "", State.ASSESSED)
        ),
        key=lambda signal: place[signal.window],
    )
    if not series or series[-1].crossed:
        return []
    last = series[-1]
    away = [signal for signal in series[-of:] if _off(signal) == _off(last) != 0]
    if len(away) < wanted:
        return []
    return [
        MonitorFinding(
            rule="calibration.decay",
            severity=Severity.NOTE,
            summary=("More" if _off(last) > 0 else "Fewer")
            + " events happen than are predicted, beyond chance; it is within what is tolerated.",
            advice="Nothing to do yet; the next fit will allow for it.",
            since=away[0].window,
            windows=tuple(signal.window for signal in away),
            facts=facts(last),
        )
    ]


def _off(signal: Signal) -> int:
    low, high = signal.estimate.low, signal.estimate.high
    if low is None or high is None:
        return 0
    return 1 if low > 1.0 else -1 if high < 1.0 else 0


def causes(found: Sequence[Run], judged: Sequence[Judged]) -> list[Cause]:
    """What probably moved, from outcomes and scores alone; what the columns say comes beside it.

    - *concept*: a region of the inputs is off after the rate was allowed for, or AUROC fell and the scores do not announce it;
    - *prior*: observed/expected is off by one amount everywhere;
    - *covariate*: the scores moved, or announce the loss of AUROC, while the same scores still mean the same;
    - *service*: silence, errors, latency.
    """
    by_rule: dict[str, list[Run]] = {}
    for run in found:
        by_rule.setdefault(run.last.signal.rule, []).append(run)
    made = []
    concept = by_rule.get("calibration.concept", [])
    off = [run for run in by_rule.get("calibration.decay", []) if run.last.signal.measure == "oe"]
    worse = [run for run in by_rule.get("performance.decay", []) if run.last.signal.measure == "auroc"]
    spread = by_rule.get("workload.scores", [])
    if concept:
        made.append(
            Cause(
                kind=CauseKind.CONCEPT,
                subject=_where([run.last.signal for run in concept]),
                summary="The same inputs have another outcome than before: what they mean has changed.",
                rules=_rules(concept, off, worse),
            )
        )
    elif off:
        everywhere = any(not run.last.signal.column for run in off)
        made.append(
            Cause(
                kind=CauseKind.PRIOR,
                subject="" if everywhere else subject(off[0].last.signal),
                summary="The rate of the outcome has changed by one amount for all; the inputs still tell who is at risk."
                if _regions(judged, off[0].last.signal.window)
                else "The rate of the outcome has changed; there are too few events to tell whether by one amount for all.",
                rules=_rules(off),
            )
        )
    general = [run for run in worse if not run.last.signal.column]
    if not concept and (spread or (general and _announced(judged))):
        made.append(
            Cause(
                kind=CauseKind.COVARIATE,
                summary="Other patients come than before; the same scores still mean the same.",
                rules=_rules(general, spread),
            )
        )
    elif worse and not concept:
        made.append(
            Cause(
                kind=CauseKind.UNKNOWN,
                subject="" if general else subject(worse[0].last.signal),
                summary="The model ranks worse, and neither who comes nor a single input explains it.",
                rules=_rules(worse),
            )
        )
    service = [run for rule, items in by_rule.items() if rule.startswith("service.") for run in items]
    if service:
        made.append(
            Cause(
                kind=CauseKind.SERVICE,
                summary="The service or the pipeline does not work as it did.",
                rules=_rules(service),
            )
        )
    return made


def _where(signals: Sequence[Signal]) -> str:
    """The group that alone ranks worse than announced; else the input's region whose odds are furthest off."""
    ranked = [signal for signal in signals if signal.measure == UNANNOUNCED]
    if ranked and all(signal.column for signal in ranked):
        return subject(min(ranked, key=lambda signal: (signal.column != "site", signal.estimate.value or 0.0)))
    regions = [signal for signal in signals if signal.measure == REGION]
    inputs = [signal for signal in regions if signal.column != SCORE] or regions
    return subject(max(inputs, key=_distance)) if inputs else ""


def _announced(judged: Sequence[Judged]) -> bool:
    """Whether the scores of the last windows announce the AUROC that was realised."""
    known = [
        item
        for item in judged
        if (item.signal.measure, item.signal.column, item.signal.state) == (UNANNOUNCED, "", State.ASSESSED)
    ]
    return bool(known) and not known[-1].signal.crossed


def _regions(judged: Sequence[Judged], window: str) -> bool:
    """Whether any region of the inputs could be looked at in that window."""
    return any(item.signal.measure == REGION and item.signal.window == window for item in judged)


def _distance(signal: Signal) -> float:
    value = signal.estimate.value or 1e-9
    return max(value, 1.0 / max(value, 1e-9))


def _rules(*groups: Sequence[Run]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(run.last.signal.rule for group in groups for run in group))
