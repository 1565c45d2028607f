"""Writes ``models/tuned.json`` and the evidence of the search."""

from __future__ import annotations

from wardround.evidence.tuning import TuningEvidence
from wardround.files import write_json
from wardround.project.layout import Project


def run(project: Project) -> TuningEvidence:
    """Searches as ``tune`` in the params says. Off: writes an empty file and evidence that says so."""
    layout, params = project.layout, project.params
    assert params.tune.method == "off"
    write_json(layout.tuned, {})
    evidence = TuningEvidence(method="off")
    evidence.write(layout.evidence("tuning"))
    return evidence
