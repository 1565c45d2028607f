"""Evidence that a released image, or without one its Bento, answers as the model does: what was asked, and how it ran."""

from __future__ import annotations

from typing import ClassVar, Literal

from wardround.evidence.base import Evidence, Frozen


class BrokenRequest(Frozen):
    """A request that must be refused, and the status that it got."""

    name: str
    status: int


class Latency(Frozen):
    """Milliseconds of answers to one encounter a request, measured beside the service, one after the other."""

    requests: int
    p50: float
    p95: float
    most: float


class SmokeEvidence(Evidence):
    """What ``wardround release`` saw before it made the version's tag; there is none for a service that failed.

    ``network``: ``none`` was shown from inside, by looking for interfaces; otherwise the host's. ``user`` is the id that the service ran as;
    ``read_only`` says whether a write outside the log's directory was refused. ``difference`` is the largest ``|Δp|`` of all golden
    encounters, alone and together. ``stopped_seconds`` is how long it took to end on SIGTERM.
    """

    KIND: ClassVar[str] = "smoke"

    project: str
    version: str
    commit: str
    bento: str
    image: str | None
    engine: str
    network: Literal["none", "host"]
    user: int
    read_only: bool
    ready_seconds: float
    encounters: int
    difference: float
    limit: float
    broken: tuple[BrokenRequest, ...]
    latency: Latency
    stopped_seconds: float
