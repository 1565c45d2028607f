"""Change control: where the change stands against the plan, and the filled row of the traceability table."""

from __future__ import annotations

from wardround.disclosure.published import DecisionView
from wardround.gate.plan.row import COLUMNS
from wardround.report.blocks import Block, Column, Inline, Paragraph, Row, Section, Table, code, plain

#: The rule whose facts make the table.
RULE = "change.plan"


def section(decision: DecisionView | None) -> Section | None:
    """None where the base has no plan, or the first version is judged."""
    found = decision.of(RULE) if decision is not None else ()
    if not found or not (found[0].facts or found[0].subject):
        return None
    finding = found[0]
    blocks: list[Block] = [
        Paragraph(plain(f"This change is {finding.subject}." if finding.subject else finding.summary))
    ]
    told: dict[str, list[str]] = {}
    for fact in finding.facts:
        told.setdefault(fact.name, []).append(fact.text)
    rows = list(zip(*(told.get(name, []) for name in COLUMNS), strict=False))
    if rows:
        table = tuple(Row(tuple(plain(cell) for cell in cells)) for cells in rows)
        blocks.append(Table("Traceability", tuple(Column(name.capitalize()) for name in COLUMNS), table))
    if beyond := told.get("outside"):
        cells: Inline = ()
        for name in beyond:
            cells += (*plain(", " if cells else ""), *code(name))
        blocks.append(Paragraph((*plain("What no modification permits: "), *cells, *plain("."))))
    return Section("plan", "Change control", tuple(blocks), weight=7)
