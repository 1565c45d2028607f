"""The whole report as a document, before it is HTML or Markdown."""

from __future__ import annotations

from wardround.disclosure.published import Published
from wardround.report import sentences
from wardround.report.blocks import Document, Notes, Section
from wardround.report.context import Context
from wardround.report.sections import changes, data, findings, lineage, model, performance, pictures, plan


def build(published: Published, context: Context, drawings: pictures.Drawings | None = None) -> Document:
    """Every section that has something to say, in the order in which it is read. ``drawings`` are the figures that exist."""
    notes, figures = Notes(), drawings or {}
    top = sentences.answer(published, context, notes)
    made: list[Section | None] = [
        changes.section(context),
        performance.section(published, context, notes),
        pictures.calibration(published, figures),
        pictures.discrimination(published, figures),
        pictures.utility(published, figures),
        pictures.subgroups(published, context, figures, notes),
        findings.section(published.decision, context, notes),
        plan.section(published.decision),
        model.section(published, notes),
        data.section(published, notes),
        changes.limitations(context, published.limitations),
        lineage.section(published.decision, context),
    ]
    sections = tuple(section for section in made if section is not None)
    return Document(context.heading, context.outcome, top, sections, notes.all())
