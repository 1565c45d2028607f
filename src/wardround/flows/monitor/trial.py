"""A look at the stage of a silent trial also leaves the trial's evidence, which a promotion demands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.flows.monitor.looking import Looked, outcome_request
from wardround.flows.monitor.reference import Reference

if TYPE_CHECKING:
    from pathlib import Path

#: Below ``reports/``: counts in tens, which may leave the trust boundary.
NAME = "trial"


def record(looked: Looked) -> Path | None:
    """Writes ``trial.json`` where a stage demands a silent trial in the stage that is looked at; None elsewhere, or without an answer."""
    from wardround.monitoring.outcomes.answered import last_version
    from wardround.monitoring.outcomes.silent import trial

    params = looked.request.project.params
    sections = [params.stages.of(name) for name in params.stages.names]
    if not any(section.silent and section.silent_in == looked.stage for section in sections if section is not None):
        return None
    version = last_version(looked.url, looked.spans, looked.stage, looked.request.day, looked.wal)
    nothing = Reference(looked.request.project.root, None, None, None)
    found = trial(outcome_request(looked, nothing, version), version, looked.stage) if version else None
    if found is None:
        return None
    place = looked.request.project.layout.evidence(NAME)
    found.write(place)
    return place
