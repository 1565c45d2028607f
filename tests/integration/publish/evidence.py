"""Small publications, made as a review makes them: a decision, its findings and the context, and no performance."""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile
from typing import Any

import report_sample as sample

from wardround.disclosure.typed import plain
from wardround.evidence.decision import Decision, Finding
from wardround.flows.publication import FILE, Publication
from wardround.gate.registry import RULES
from wardround.values import Verdict

REFUSED = "calibration.slope"
FRESH = "lock.fresh"


def made(head: str, base: str, verdicts: dict[str, Verdict] | None = None, **changed: Any) -> Publication:
    """A publication in which every rule has a finding: pass, unless ``verdicts`` says otherwise."""
    verdicts = verdicts or {}
    project = changed.pop("project", "readmission")
    worst = min(verdicts.values(), key=list(Verdict).index, default=Verdict.PASS)
    if any(one is Verdict.REFUSE for one in verdicts.values()):
        worst = Verdict.REFUSE
    decision = Decision(
        project=project,
        verdict=worst,
        outcome="superior",
        subject_digest="sha256:" + "ab" * 32,
        head_commit=head,
        base_commit=base,
        judged_by=base,
        findings=tuple(
            Finding(rule=rule.id, verdict=verdicts.get(rule.id, Verdict.PASS), summary="It was looked at.")
            for rule in RULES
        ),
    )
    published = sample.reveal(decision=decision)
    context = sample.context(dirty=False, project=project)
    publication = Publication(project, head, base, "", decision.subject_digest, "data", published, context)
    return dataclasses.replace(publication, **changed)


def value(publication: Publication) -> dict[str, Any]:
    """Its JSON value, to be spoilt."""
    return json.loads(json.dumps(plain(publication)))


def zipped(content: bytes | dict[str, Any] | Publication, name: str = FILE) -> bytes:
    """The artifact, as the upload action makes it."""
    if isinstance(content, Publication):
        content = value(content)
    if isinstance(content, dict):
        content = json.dumps(content).encode()
    place = io.BytesIO()
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return place.getvalue()
