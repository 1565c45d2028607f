"""What probably lies behind the findings: a fault of the supply first, other patients only for what no fault explains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wardround.evidence.monitor import Cause, CauseKind, MonitorFinding, Severity
from wardround.monitoring import drift_rules as rules
from wardround.monitoring.drift.judging import Judged
from wardround.monitoring.drift.request import DriftRequest
from wardround.monitoring.drift.sites import explained

_FAULT = {
    rules.UNITS: (CauseKind.UNITS, "values of another unit are mixed in, or have replaced the others"),
    rules.CODING: (CauseKind.CODING, "codes mean something else than in training"),
    rules.CATEGORY: (CauseKind.CODING, "codes arrive that training had not"),
    rules.MISSING: (CauseKind.OUTAGE, "values stopped arriving"),
    rules.CONSTANT: (CauseKind.OUTAGE, "one value stands in for what is not sent"),
    rules.CONTRACT: (CauseKind.UNKNOWN, "values violate the contract, and no known fault explains them"),
}


def probable(
    request: DriftRequest, findings: tuple[MonitorFinding, ...], latest: Sequence[Judged]
) -> tuple[Cause, ...]:
    """The causes, faults of the supply first. ``latest`` are the measures of the last window."""
    faults = _faults(findings)
    known = {_column(fault.subject) for fault in faults}
    arrived = [
        Cause(
            kind=CauseKind.NEW_SITE,
            subject=item.subject,
            summary="encounters come from a new site",
            rules=(rules.SITE,),
        )
        for item in findings
        if item.rule == rules.SITE and item.since and _new(item.subject, latest)
    ]
    covered = explained(request, tuple(cause.subject for cause in arrived)) if arrived else frozenset()
    moved = [item for item in findings if _moves(item) and _column(item.subject) not in known | covered]
    others = [_covariate(moved)] if moved else []
    return (*faults, *arrived, *others)


def _new(subject: str, latest: Sequence[Judged]) -> bool:
    return any(
        item.crossed and item.measured.measure == "site_share" and item.measured.level == subject for item in latest
    )


def _column(subject: str) -> str:
    return subject.partition(" at ")[0]


def _faults(findings: tuple[MonitorFinding, ...]) -> list[Cause]:
    found: dict[str, list[MonitorFinding]] = {}
    for item in findings:
        if item.severity is Severity.ALERT and item.rule in _FAULT:
            found.setdefault(item.subject, []).append(item)
    return [_fault(subject, items) for subject, items in found.items()]


def _fault(subject: str, items: Sequence[MonitorFinding]) -> Cause:
    """The first rule decides, in the order of :data:`_FAULT`: units out of range also violate the contract, and so does what is missing."""
    order = list(_FAULT)
    ranked = sorted(items, key=lambda item: order.index(item.rule))
    kind, summary = _FAULT[ranked[0].rule]
    return Cause(kind=kind, subject=subject, summary=summary, rules=tuple(item.rule for item in ranked))


def _moves(item: MonitorFinding) -> bool:
    """Whether a finding speaks of other patients: more than one window's note."""
    distributed = item.rule in (rules.FEATURE, rules.MULTIVARIATE, rules.RANGE) or (
        item.rule == rules.SITE and bool(_at(item.subject))
    )
    return distributed and item.severity is not Severity.NOTE


def _at(subject: str) -> str:
    return subject.partition(" at ")[2]


def _covariate(moved: Sequence[MonitorFinding]) -> Cause:
    columns: Iterator[str] = (_column(item.subject) for item in moved if item.subject)
    names = list(dict.fromkeys(columns))
    return Cause(
        kind=CauseKind.COVARIATE,
        subject=names[0] if len(names) == 1 else "",
        summary=f"other patients come, or are described otherwise: {', '.join(names) or 'all columns together'}",
        rules=tuple(dict.fromkeys(item.rule for item in moved)),
    )
