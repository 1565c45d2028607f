"""The report of a review: what is published of its evidence, with what changed and where everything came from."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround import __version__
from wardround.disclosure import Inside, disclose, told
from wardround.evidence.base import Read
from wardround.files import replacing, sha256_file, write_text
from wardround.flows import remembered
from wardround.flows.monitor.keeping import last_known
from wardround.flows.review.changes import changes
from wardround.flows.review.references import Reference
from wardround.monitoring.history import BRANCH, newest
from wardround.report import review_editions, words
from wardround.report.context import Context, LineageRow, Looks, Revision, StageRun
from wardround.revision.environment import environment_digest
from wardround.stages.registry import STAGES
from wardround.values import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wardround.disclosure.published import Published
    from wardround.evidence.comparison import Comparison
    from wardround.evidence.decision import Decision
    from wardround.flows.review.request import ReviewRequest
    from wardround.project.params import Params
    from wardround.revision.dvc import Reproduced
    from wardround.revision.git import Git
    from wardround.revision.lock import Lock


@dataclass(frozen=True)
class Material:
    """All that a report is made of."""

    request: ReviewRequest
    git: Git
    refs: tuple[Reference, ...]
    lock: Lock
    reproduced: Reproduced
    comparison: Comparison
    decision: Decision
    evidence: Mapping[str, Read[Any]]
    durations: Mapping[str, float]
    judging: Params
    looks: Looks | None = None


@dataclass(frozen=True)
class Written:
    """What was published, what the report says beside it, where the report is, and its lines for a terminal."""

    published: Published
    context: Context
    html: Path
    markdown: Path
    comment: Path
    summary: tuple[str, ...]


def write(material: Material) -> Written:
    """Makes the published values and writes ``review.html``, ``review.md``, ``comment.md`` and the figures."""
    inside = Inside(
        thresholds=material.judging.evaluate.thresholds,
        metrics=material.evidence["metrics"].value,
        comparison=material.comparison,
        decision=material.decision,
        validation=material.evidence["validation"].value,
        profile=material.evidence["profile"].value,
        base_profile=material.evidence["base_profile"].value,
    )
    project = material.request.project
    locks = {Role.HEAD.value: material.lock, **{reference.role.value: reference.lock for reference in material.refs}}
    before = remembered.before(project, locks)
    published = disclose(inside, min_cell=material.judging.disclosure.min_cell, before=before)
    # Before anything of it can be read.
    remembered.keep(project, told(published, inside, before.about, project.params.project.name))
    return render(material, published)


def render(material: Material, published: Published) -> Written:
    """Writes every edition of the report, each file in one step."""
    reports = material.request.project.layout.reports
    context = _context(material)
    editions = review_editions(published, context)
    with replacing(reports / "figures") as figures:
        figures.mkdir()
        for name, content in editions.figures.items():
            (figures / name).write_bytes(content)
    html, markdown, comment = reports / "review.html", reports / "review.md", reports / "comment.md"
    for path, text in ((html, editions.html), (markdown, editions.markdown), (comment, editions.comment)):
        write_text(path, text)
    return Written(published, context, html, markdown, comment, tuple(editions.summary))


def _context(material: Material) -> Context:
    request, git = material.request, material.git
    section = request.project.params.project
    base = next(reference for reference in material.refs if reference.role is Role.BASE)
    uncommitted = git.uncommitted()
    head = Revision(
        "head",
        git.branch,
        material.decision.head_commit,
        f"with uncommitted changes: {words.listed(list(uncommitted), most=3)}" if uncommitted else "",
    )
    others = (
        Revision(reference.role.value, reference.name, reference.commit, "no model yet" if reference.first else "")
        for reference in material.refs
    )
    return Context(
        project=section.name,
        title=section.title,
        outcome=section.outcome,
        encounter=section.encounter,
        revisions=(head, *others),
        changes=changes(request.project, git, base, material.lock),
        lineage=tuple(_lineage(material)),
        stages=tuple(_stages(material)),
        limitations=_limitations(material),
        judge_notes=_judge_notes(material),
        dirty=bool(uncommitted),
        generated=("reports/comparison.json", "reports/decision.json", "reports/review.html", "reports/review.md"),
        rules=_rules(request.project.layout.reports),
        looks=material.looks,
    )


def _lineage(material: Material) -> list[LineageRow]:
    rows = [
        LineageRow("subject of the decision", material.decision.subject_digest, "code, params, data and lock"),
        *(
            LineageRow(f"{reference.role.value} commit", reference.commit, reference.name)
            for reference in material.refs
        ),
        LineageRow("head commit", material.decision.head_commit, material.git.branch),
    ]
    for label, path in (("data", "data/snapshot"), ("split", "data/split.parquet"), ("model", "models/model")):
        rows.append(LineageRow(label, "md5:" + material.lock.digest(path), path))
    tree = material.git.root
    rows.append(LineageRow("environment", environment_digest(tree), "requirements.lock: what a run needs"))
    rows.append(LineageRow("Wardround", __version__, f"Python {platform.python_version()} on {sys.platform}"))
    rows.append(_watched(material))
    decision = material.request.project.layout.evidence("decision")
    rows.append(LineageRow("decision", sha256_file(decision), decision.name))
    return rows


def _watched(material: Material) -> LineageRow:
    """When the monitor looked last, as far as this clone knows."""
    params = material.judging
    stage = params.monitor.stage
    name = params.project.name
    last = newest(last_known(material.git, name, stage), name, stage, params.disclosure.min_cell)
    if last is None:
        return LineageRow("monitor", "never", f"no look at {stage} is recorded on {BRANCH}")
    found = last.watch.severity or "nothing found"
    return LineageRow("monitor", f"{last.ran_at:%Y-%m-%d %H:%M} UTC", f"last look at {stage}: {found}")


def _stages(material: Material) -> list[StageRun]:
    ran = set(material.reproduced.ran)
    return [
        StageRun(stage.name, material.durations.get(stage.name) if stage.name in ran else None, stage.name not in ran)
        for stage in STAGES
    ]


def _limitations(material: Material) -> tuple[str, ...]:
    found: list[str] = []
    for name in ("split", "metrics", "training"):
        value = material.evidence[name].value
        found += [text for text in getattr(value, "limitations", ()) if text not in found]
    return tuple(found)


def _judge_notes(material: Material) -> tuple[str, ...]:
    notes = []
    if material.decision.judge_changes:
        sections = ", ".join(material.decision.judge_changes)
        notes.append(
            f"This change edits what judges ({sections}). It is judged by the base's version; the new one counts after the merge."
        )
    base = next(reference for reference in material.refs if reference.role is Role.BASE)
    if base.params is None:
        notes.append("The base has no params that this version can read, so the head's own judge.")
    return tuple(notes)


def _rules(reports: Path) -> str:
    """Where the rule pages are from the report: beside it in this repository, else inside the installed package's docs."""
    return "../docs/rules" if (reports.parent / "docs" / "rules").is_dir() else ""
