"""The section of ``params.yaml`` about the service: how much it takes at once, and how the prediction log is written."""

from __future__ import annotations

from pydantic import Field

from wardround.project.sections import Section


class ServeSection(Section):
    """Limits of the service (``pipelines/service.py``). Beyond them it answers 408, 413 or 503, as its OpenAPI description says.

    All defaults are project choices: they hold memory and waiting, not accuracy.
    """

    #: Most encounters in one request; more are answered 413.
    max_encounters: int = Field(default=1000, ge=1, le=100_000)
    #: Most of them that may be of one subject; more are answered 413. Each is worked on by itself, some milliseconds long.
    max_per_subject: int = Field(default=100, ge=1, le=100_000)
    #: Most earlier encounters that one encounter brings along.
    max_history: int = Field(default=1000, ge=0, le=100_000)
    #: Most bytes of one request's body; more are answered 413 before they are read.
    max_body_bytes: int = Field(default=8 << 20, ge=1 << 10, le=1 << 30)
    #: Most bytes of all bodies that are held at one time; more are answered 503.
    max_held_bytes: int = Field(default=128 << 20, ge=1 << 10, le=1 << 34)
    #: Most requests under way at one time; more are answered 503.
    max_requests: int = Field(default=4096, ge=1, le=65_536)
    #: Seconds within which a request's head must have arrived, or the connection is closed, and then its body, or 408 is answered.
    body_seconds: float = Field(default=10.0, gt=0, le=600)
    #: Most rows, histories included, that are worked on together when requests wait. 1: each request by itself.
    batch_rows: int = Field(default=2048, ge=1, le=1_000_000)
    #: Largest size of one write-ahead segment of the prediction log, in bytes, before it becomes Parquet.
    segment_bytes: int = Field(default=16 << 20, ge=1 << 10, le=1 << 30)
    #: Longest time that an answer waits in a segment, in seconds, before it becomes Parquet.
    segment_seconds: float = Field(default=300.0, gt=0, le=86_400)
    #: Most bytes of segments that wait while the log's storage cannot be reached; then the service answers 503.
    backlog_bytes: int = Field(default=1 << 30, ge=1 << 20, le=1 << 40)
