"""The scan of a change that touches no model: nothing else of the review runs then, and words can name a patient too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wardround.errors import MissingPackage, UsageError
from wardround.flows.ci.event import read_event
from wardround.flows.phi import PhiReport, PhiRequest, phi


@dataclass(frozen=True)
class WordsRequest:
    """``base`` empty: the commit that the event of the workflow names (``env`` says where). ``light``: leave tables to who has everything installed."""

    directory: Path
    base: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    light: bool = False


def scan_change(request: WordsRequest) -> PhiReport | None:
    """What the checked-out branch adds to its base, by the base's allow-list; None where ``light`` is not enough.

    Raises :class:`UsageError` when nothing names the base, and what :func:`wardround.flows.phi.phi` raises.
    """
    base = request.base or read_event(request.env).base
    if not base:
        raise UsageError(
            "nothing says which commit the change goes into",
            where="--base",
            wanted="a revision, or a workflow's event",
            next="outside a workflow: --base main",
        )
    try:
        return phi(PhiRequest(request.directory, base, base_judges=True))
    except MissingPackage:
        if request.light:
            return None
        raise
