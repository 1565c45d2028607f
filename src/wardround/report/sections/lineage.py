"""Where everything came from: commits, digests, environment, durations, stages that were reused."""

from __future__ import annotations

from wardround.disclosure.published import DecisionView
from wardround.report import numbers, sentences
from wardround.report.blocks import DASH, Block, Bullets, Column, Fold, Paragraph, Row, Section, Table, code, plain
from wardround.report.context import Context, StageRun


def section(decision: DecisionView | None, context: Context) -> Section:
    """Full commits and digests: here a reader can copy them."""
    blocks: list[Block] = []
    if rows := _origins(decision, context):
        blocks.append(Table("What was judged, and by what", (Column("What"), Column("Value")), tuple(rows)))
    if context.stages:
        blocks.append(_stages(context.stages))
    if decision is not None and decision.evidence:
        files = tuple(
            Row((code(name), code(digest) if digest else plain("missing"))) for name, digest in decision.evidence
        )
        table = Table("Evidence that the decision rests on", (Column("File"), Column("Digest")), files)
        blocks.append(Fold(plain("Evidence and its digests"), (table,)))
    if context.generated:
        blocks.append(
            Fold(plain("Files made by this review"), (Bullets(tuple(code(path) for path in context.generated)),))
        )
    if not blocks:
        blocks.append(Paragraph(plain("Nothing is known of the lineage."), "warn"))
    return Section("lineage", "Lineage", tuple(blocks), weight=6)


def _origins(decision: DecisionView | None, context: Context) -> list[Row]:
    commits = {revision.role: revision.commit for revision in context.revisions}
    rows: list[Row] = []
    if decision is not None:
        commits |= {
            role: commit
            for role, commit in (
                ("head", decision.head_commit),
                ("base", decision.base_commit),
                ("anchor", decision.anchor_commit),
            )
            if commit
        }
    names = {revision.role: revision.name for revision in context.revisions}
    told = {line.value for line in context.lineage}
    for role, commit in commits.items():
        if commit in told:
            continue
        name = plain(f" {names[role]}") if names.get(role) else ()
        rows.append(Row((plain(f"{role.capitalize()} commit"), (*code(commit), *name))))
    if decision is not None:
        rows.append(Row((plain("Judged by"), code(decision.judged_by))))
        if decision.subject_digest not in told:
            rows.append(Row((plain("Subject digest"), code(decision.subject_digest))))
    for line in context.lineage:
        note = plain(f" {line.note}") if line.note else ()
        rows.append(Row((plain(line.name), (*code(line.value), *note))))
    if context.looks is not None:
        rows.append(Row((plain("Looks at this test block"), plain(sentences.looked(context.looks)))))
    return rows


def _stages(stages: tuple[StageRun, ...]) -> Table:
    rows = tuple(
        Row(
            (
                code(stage.name),
                plain("reused" if stage.reused else "run"),
                plain(numbers.seconds(stage.seconds) if stage.seconds is not None else DASH),
            )
        )
        for stage in stages
    )
    total = sum(stage.seconds or 0 for stage in stages)
    reused = sum(stage.reused for stage in stages)
    caption = f"Stages: {len(stages) - reused} run, {reused} reused, {numbers.seconds(total)} together"
    return Table(caption, (Column("Stage"), Column("Result"), Column("Duration", numeric=True)), rows)
