"""One identifier in a text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Hit:
    """Characters ``start`` to ``end`` of the text that was scanned. ``labelled``: a word before it says what it is."""

    start: int
    end: int
    kind: str
    labelled: bool = False
