"""The look at the inputs: every window against training, column by column, site by site, and all columns together."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import MonitorFinding, Severity, Signal, State
from wardround.monitoring import drift_rules as rules
from wardround.monitoring.drift import causes, coding, conforming, domain, sites, units
from wardround.monitoring.drift.columns import Column, Reference, measure
from wardround.monitoring.drift.findings import finding
from wardround.monitoring.drift.judging import COLUMNS, SITES, TOGETHER, Judged, judge, runs, signal
from wardround.monitoring.drift.measured import Measured
from wardround.monitoring.drift.request import DriftLook, DriftRequest, Window

#: Kinds whose distribution is compared: dates move on, and of text only the length is known.
KINDS = frozenset({"integer", "float", "category", "boolean"})


def look(request: DriftRequest) -> DriftLook:
    """Signals, findings and causes of the windows. Windows with fewer rows than ``settings.rows`` are left out and said so.

    Raises ``ValueError`` when the reference has no row: there is nothing to hold a window against.
    """
    if not request.reference.rows:
        msg = "the reference profile has no rows"
        raise ValueError(msg)
    settings = request.settings
    references = _references(request)
    judged: list[Judged] = []
    recent = len(request.windows) - settings.persistence[1]
    for number, window in enumerate(request.windows):
        if window.worth < settings.rows:
            continue
        name, alpha = window.span.name, settings.false_alerts
        judged += judge(list(_columns(request, window, references)), name, alpha * COLUMNS)
        judged += judge([*sites.arrived(request, window)], name, alpha * SITES / 2)
        together = domain.together(request, window) if number >= recent else None
        judged += judge([together] if together else [], name, alpha * TOGETHER)
    judged += sites.moved(request, alpha=settings.false_alerts * SITES / 2)
    current = _last(request)
    found = [said for run in runs(judged).values() if (said := finding(run, settings.persistence, current))]
    found += _unseen(judged, current)
    found.sort(key=lambda item: (_ORDER[item.severity], _RANK[item.rule], item.subject))
    return DriftLook(
        (*_too_few(request), *(signal(item, settings.rows) for item in judged)),
        tuple(found),
        causes.probable(request, tuple(found), tuple(item for item in judged if item.window == current)),
    )


_ORDER = {Severity.ALERT: 0, Severity.WARNING: 1, Severity.NOTE: 2}
_RANK = {rule.id: rank for rank, rule in enumerate(rules.RULES)}


def _last(request: DriftRequest) -> str:
    """The last window that was looked at."""
    enough = (item.span.name for item in reversed(request.windows) if item.worth >= request.settings.rows)
    return next(enough, "")


def _references(request: DriftRequest) -> dict[str, Reference]:
    wanted = request.columns or tuple(column.name for column in request.reference.columns)
    found = (request.reference.column(name) for name in wanted if name not in (request.site, request.subject))
    return {item.name: Reference(item) for item in found if item is not None and item.kind in KINDS}


def _columns(request: DriftRequest, window: Window, references: dict[str, Reference]) -> Iterator[Measured]:
    seen, settings = window.seen, request.settings
    held = {column.name: column for column in window.profile.columns}
    for name, reference in references.items():
        profile = held.get(name)
        if profile is None or profile.kind != reference.profile.kind:
            continue
        column = Column(reference, profile, seen)
        yield from measure(column, settings)
        yield from (item for item in (units.mixed(column, settings), coding.recoded(column, settings)) if item)
        declared = request.contract.column(name) if request.contract else None
        if declared is not None:
            yield conforming.held(declared, profile, seen, settings)


def _too_few(request: DriftRequest) -> Iterator[Signal]:
    for window in request.windows:
        if window.worth < request.settings.rows:
            yield Signal(
                rule=rules.POWER,
                measure="rows",
                window=window.span.name,
                n=window.profile.rows,
                minimum=request.settings.rows,
                estimate=Estimate(value=None, note="too few encounters"),
                state=State.TOO_FEW,
            )


def _unseen(judged: list[Judged], current: str) -> list[MonitorFinding]:
    """The note that a change of the last window may go unseen."""
    blind = [
        item.measured.column
        for item in judged
        if item.window == current
        and item.measured.measure == "psi"
        and item.measured.rule == rules.FEATURE
        and item.measured.note
    ]
    if current and not blind:
        return []
    summary = (
        "The last window is so small that even a large shift of some columns would not be seen."
        if current
        else "No window has enough encounters to look at."
    )
    return [
        MonitorFinding(
            rule=rules.POWER,
            severity=Severity.NOTE,
            summary=summary,
            advice="Widen monitor.window_days, so that a window holds more encounters.",
            windows=(current,) if current else (),
        )
    ]
