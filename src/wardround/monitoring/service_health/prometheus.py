"""The service's metrics in Prometheus' text format (version 0.0.4): latency, errors, refusals and memory since it was started."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from wardround.evidence.decision import Fact
from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import MonitorFinding, Severity, State
from wardround.monitoring.alarms import Candidate, Limits
from wardround.monitoring.outcome_rules import REACHABLE
from wardround.monitoring.performance.parts import Z95
from wardround.project.monitor_outcomes import MonitorServiceSection
from wardround.stats.intervals import wilson

LATENCY, ERRORS, MEMORY = "service.latency", "service.errors", "service.memory"
_LINE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')
#: Paths that answer about patients; health checks and metrics are not counted.
_ROUTES = re.compile(r"/(?:predict|explain|rpc/predict)\b")
_LEAST = 100
#: Attempts, and seconds between them: a restart is no outage. Project choice.
ATTEMPTS, PAUSE = 3, 2.0


@dataclass
class Counts:
    """Of all replicas together: requests by status, requests by upper bound of seconds (cumulative), and the largest memory in bytes."""

    by_status: dict[int, float] = field(default_factory=dict)
    within: dict[float, float] = field(default_factory=dict)
    memory: float | None = None


class Unreachable(Exception):
    """The metrics cannot be read; the text says why in a few words, without an address."""


def fetch(url: str, root: Path) -> list[str]:
    """The texts behind a URL or glob, one a replica. Raises :class:`Unreachable` when they cannot be read."""
    for attempt in range(ATTEMPTS):
        try:
            return _texts(url, root)
        except Unreachable:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(PAUSE)
    return []


def _texts(url: str, root: Path) -> list[str]:
    import fsspec

    try:
        files = fsspec.open_files(url if "://" in url else str(root / url), "rt", encoding="utf-8", errors="replace")
        texts = []
        for file in files:
            with file as stream:
                texts.append(str(stream.read()))
    except Exception as error:  # each file system raises errors of its own
        raise Unreachable(type(error).__name__) from error
    if not texts:
        msg = "there is nothing at that place"
        raise Unreachable(msg)
    return texts


def unreachable(error: Unreachable, window: str) -> MonitorFinding:
    """What is said when the metrics cannot be read: a service that is down tells nobody of it, and the look goes on without it.

    ``window`` is the last one's name.
    """
    return MonitorFinding(
        rule=REACHABLE,
        severity=Severity.ALERT,
        summary="The service's metrics cannot be read: it is down, or this run cannot reach it.",
        advice="Look whether the service runs and answers; then at monitor.outcome.service.metrics, and at what this run may reach.",
        since=window,
        windows=(window,),
        facts=(Fact(name="what failed", type="text", text=str(error)),),
    )


def parse(texts: Iterable[str]) -> Counts:
    """Adds up the replicas. Lines that are no samples are left out: the format allows comments and others' metrics."""
    counts = Counts()
    for text in texts:
        for line in text.splitlines():
            match = None if line.startswith("#") else _LINE.fullmatch(line.strip())
            if match is None:
                continue
            labels = dict(_LABEL.findall(match[2] or ""))
            try:
                _count(counts, match[1], labels, float(match[3]))
            except ValueError:  # a value or a bucket's bound that is no number
                continue
    return counts


def _count(counts: Counts, name: str, labels: dict[str, str], value: float) -> None:
    if name == "wardround_requests_total" and _ROUTES.search(labels.get("route", "")):
        if (status := labels.get("status", "")).isdigit():
            counts.by_status[int(status)] = counts.by_status.get(int(status), 0.0) + value
    elif name == "wardround_request_seconds_bucket" and "le" in labels:
        bound = float("inf") if labels["le"] == "+Inf" else float(labels["le"])
        counts.within[bound] = counts.within.get(bound, 0.0) + value
    elif name == "process_resident_memory_bytes":
        counts.memory = max(counts.memory or 0.0, value)


def candidates(counts: Counts, section: MonitorServiceSection) -> list[Candidate]:
    """Share of requests that took too long, of errors and of refusals, each against its limit; memory where it is told."""
    total = sum(counts.by_status.values())
    errors = sum(n for status, n in counts.by_status.items() if status >= 500 and status != 503)
    refusals = sum(n for status, n in counts.by_status.items() if 400 <= status < 500 or status == 503)
    found = [
        *_latency(counts, section),
        _share(ERRORS, "error_share", errors, total, (None, section.error_share)),
        _share(ERRORS, "refusal_share", refusals, total, (None, section.refusal_share)),
    ]
    if counts.memory is not None:
        most = None if section.memory_bytes is None else float(section.memory_bytes)
        value = counts.memory
        found.append(
            Candidate(
                MEMORY,
                "memory_bytes",
                1,
                Estimate(value=value, low=value, high=value),
                at=lambda _: (value, value),
                limits=(None, most),
                far=(None, most),
            )
        )
    return found


def _latency(counts: Counts, section: MonitorServiceSection) -> list[Candidate]:
    """The share that took longer than the smallest bucket that holds ``latency_seconds``, and the quantile by interpolation within buckets."""
    if not counts.within:
        return []
    total = counts.within.get(float("inf"), max(counts.within.values()))
    bounds = sorted(bound for bound in counts.within if bound >= section.latency_seconds)
    slow = total - counts.within[bounds[0]] if bounds else 0.0
    share = _share(LATENCY, "slow_share", slow, total, (None, 1.0 - section.latency_share))
    at = quantile(counts.within, section.latency_share)
    if at is None:
        return [share]
    shown = Candidate(
        LATENCY, f"seconds_p{100 * section.latency_share:g}", int(total), Estimate(value=at), note="by interpolation"
    )
    return [share, shown]


def quantile(within: dict[float, float], share: float) -> float | None:
    """A quantile of a cumulative histogram, linear within a bucket, in seconds; the last finite bound where it lies beyond all."""
    bounds = sorted(within)
    total = within[bounds[-1]] if bounds else 0.0
    if total <= 0.0:
        return None
    wanted, below, lower = share * total, 0.0, 0.0
    for bound in bounds:
        if within[bound] >= wanted:
            if bound == float("inf"):
                return lower
            inside = within[bound] - below
            return lower + (bound - lower) * ((wanted - below) / inside if inside else 1.0)
        below, lower = within[bound], bound
    return lower


def _share(rule: str, measure: str, count: float, total: float, limits: Limits) -> Candidate:
    if total < _LEAST:
        return Candidate(
            rule,
            measure,
            int(total),
            Estimate(value=None, note=f"fewer than {_LEAST} requests"),
            minimum=_LEAST,
            state=State.TOO_FEW,
        )
    low, high = wilson(count, total, Z95)
    worst = limits[1]
    return Candidate(
        rule,
        measure,
        int(total),
        Estimate(value=count / total, low=low, high=high, method="wilson"),
        at=lambda z: wilson(count, total, z),
        limits=limits,
        far=(None, None if worst is None else min(2 * worst, 1.0)),
        minimum=_LEAST,
        events=int(count),
    )
