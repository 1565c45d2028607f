"""What each rule of the gate said: verdict, sentence, facts, and what to do."""

from __future__ import annotations

import re

from wardround.disclosure.published import DecisionView, FindingView
from wardround.gate.plan.row import COLUMNS as TABLED
from wardround.gate.registry import by_id
from wardround.report import cells, words
from wardround.report.blocks import (
    BREAK,
    Column,
    Inline,
    Kind,
    Notes,
    Paragraph,
    Row,
    Section,
    Span,
    Table,
    code,
    plain,
    prose,
    strong,
)
from wardround.report.context import Context, short
from wardround.report.sections import plan
from wardround.values import Verdict

_PLACE = re.compile(r"(https://[A-Za-z0-9.-]+(:\d+)?/|(?!//))[A-Za-z0-9_./-]*")
_ORDER = (Verdict.REFUSE.value, Verdict.CANNOT_TELL.value, Verdict.PASS.value, Verdict.NOT_APPLICABLE.value)


def section(decision: DecisionView | None, context: Context, notes: Notes) -> Section:
    """All findings, those that block first."""
    if decision is None or not decision.findings:
        return Section(
            "gate", "What the gate said", (Paragraph(plain("No rule judged this change."), "warn"),), weight=9
        )
    ranked = sorted(decision.findings, key=lambda finding: _rank(finding.verdict))
    rows = tuple(_row(finding, context, notes) for finding in ranked)
    table = Table(_counts(decision), (Column("Verdict"), Column("Rule"), Column("Finding")), rows)
    judged: Inline = (
        *plain("Judged by the rules and parameters of the base, "),
        *code(short(decision.judged_by)),
        *plain("."),
    )
    if decision.judge_changes:
        judged = (
            *judged,
            *plain(" This change edits what judges; the edits take effect after the merge: "),
            *plain(", ".join(decision.judge_changes)),
            *plain("."),
        )
    return Section("gate", "What the gate said", (table, Paragraph(judged, "quiet")), weight=9)


def _rank(verdict: str) -> int:
    return _ORDER.index(verdict) if verdict in _ORDER else 1


def _counts(decision: DecisionView) -> str:
    rules: dict[str, int] = {}
    for finding in decision.findings:
        rules[finding.rule] = min(rules.get(finding.rule, len(_ORDER)), _rank(finding.verdict))
    said = [
        (words.mark(verdict).word.lower(), sum(rank == index for rank in rules.values()))
        for index, verdict in enumerate(_ORDER)
    ]
    parts = ", ".join(f"{word} {number}" for word, number in said if number)
    return f"{words.plural(len(rules), 'rule')}: {parts}"


def link(rule: str, context: Context) -> Inline:
    """The rule's id, linked to its page when the gate knows the rule and the place is a path or an https address."""
    if not context.rules or by_id(rule) is None or not _PLACE.fullmatch(context.rules):
        return (Span(rule, Kind.CODE),)
    return (Span(rule, Kind.LINK, f"{context.rules.rstrip('/')}/{rule}.md"),)


def _row(finding: FindingView, context: Context, notes: Notes) -> Row:
    rule = link(finding.rule, context)
    if finding.subject:
        rule = (*rule, BREAK, *plain(finding.subject))
    said = prose(finding.summary)
    facts = _facts(finding, notes)
    if facts:
        said = (*said, BREAK, *facts)
    if finding.advice and finding.verdict in (Verdict.REFUSE, Verdict.CANNOT_TELL):
        said = (*said, BREAK, *strong("To do: "), *prose(finding.advice))
    return Row(((Span(finding.verdict, Kind.VERDICT),), rule, said), words.mark(finding.verdict).name)


def _facts(finding: FindingView, notes: Notes) -> Inline:
    spans: list[Span] = []
    for fact in finding.facts:
        if finding.rule == plan.RULE and fact.name in TABLED:
            continue  # the section about change control sets it as a table
        spans += plain("; ") if spans else ()
        spans += (*plain(f"{words.named_fact(fact.name, fact.group)} "), *cells.fact(fact, notes))
    return tuple(spans)
