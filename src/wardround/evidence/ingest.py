"""Evidence of ingest: what was read, what was left out and why, and the snapshot that came of it."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from wardround.evidence.base import Evidence, Frozen


class SourceFacts(Frozen):
    """One file that was read and what it turned out to be. No path, which differs between machines."""

    name: str
    format: str
    compression: str = ""
    encoding: str = ""
    byte_order_mark: bool = False
    separator: str = ""


class ColumnFacts(Frozen):
    """One column of the snapshot.

    ``type`` is the Arrow type; ``declared`` whether the contract names the column; ``missing`` and ``uncastable`` are counts of cells:
    the second had a value that could not be read as the contract's type (it is null in the snapshot, and counted as missing too).
    """

    name: str
    type: str
    declared: bool
    missing: int = 0
    uncastable: int = 0


class PartFacts(Frozen):
    """One partition: its file, how much it holds, and the digest of its bytes."""

    name: str
    rows: int
    subjects: int
    digest: str


class Ingest(Evidence):
    """What ``ingest`` writes to ``reports/ingest.json``.

    ``rows_read`` = ``rows`` + ``out_of_window`` + the sum of ``excluded``; a row that several exclusions name counts with the
    first of them in the alphabet, one outside the window with the window alone. ``events`` are encounters with the outcome,
    ``unlabelled`` those whose outcome is not known. ``snapshot`` is the digest of the parts' names and digests.
    """

    KIND: ClassVar[str] = "ingest"

    source: str
    files: tuple[SourceFacts, ...] = ()
    rows_read: int
    rows: int
    subjects: int
    events: int
    unlabelled: int
    without_time: int = 0
    without_subject: int = 0
    without_encounter: int = 0
    out_of_window: int = 0
    excluded: dict[str, int] = Field(default_factory=dict)
    first_time: str | int | None = None
    last_time: str | int | None = None
    columns: tuple[ColumnFacts, ...]
    dropped_columns: tuple[str, ...] = ()
    parts: tuple[PartFacts, ...]
    snapshot: str
    limitations: tuple[str, ...] = ()
