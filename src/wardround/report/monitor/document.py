"""The report of a look as a document, before it is HTML or Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.disclosure.watched import WatchFindingView, WatchView
from wardround.report import cells, words
from wardround.report.blocks import (
    BREAK,
    Answer,
    Block,
    Bullets,
    Column,
    Document,
    Heading,
    Inline,
    Kind,
    Notes,
    Paragraph,
    Picture,
    Row,
    Section,
    Span,
    Table,
    code,
    plain,
    prose,
    strong,
)
from wardround.report.monitor import names, tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wardround.report.figures.style import Drawing
    from wardround.report.monitor import MonitorContext

_ORDER = ("alert", "warning", "note")


def build(watch: WatchView, context: MonitorContext, drawings: Mapping[str, Drawing] | None = None) -> Document:
    """Every section that has something to say."""
    notes, figures = Notes(), drawings or {}
    top = answer(watch, context, notes)
    made = [_findings(watch, context, notes), _causes(watch), *_chapters(watch, figures, notes), _skipped(watch)]
    sections = tuple(section for section in made if section is not None)
    return Document(context.title, context.outcome, top, sections, notes.all(), kind="Monitoring")


def answer(watch: WatchView, context: MonitorContext, notes: Notes) -> Answer:
    """The worst of what was found, in a sentence, and what to do."""
    severity = names.severity(watch.severity)
    first = next((item for name in _ORDER for item in watch.findings if item.severity == name), None)
    next_step = plain("Nothing: the next look comes by itself.")
    if first is not None and severity in {"alert", "warning"}:
        advice = first.advice or "See below what the rule found."
        next_step = (*prose(advice), *plain(" ("), *code(first.rule), *plain(")"))
    facts: tuple[tuple[str, Inline], ...] = (
        ("Stage", code(watch.stage)),
        ("Versions", code(", ".join(watch.versions)) if watch.versions else plain("none answered")),
        ("Windows", plain(_span(watch))),
        (f"{context.encounter.capitalize()}s answered for", cells.count(watch.answers, notes)),
        ("Outcomes known", cells.count(watch.outcomes, notes)),
        ("of them in mature windows", cells.count(watch.matured, notes)),
    )
    return Answer(severity, words.mark(severity).word, plain(sentence(watch)), next_step, facts)


def sentence(watch: WatchView) -> str:
    """What was found, in one sentence."""
    counts = [sum(item.severity == name for item in watch.findings) for name in _ORDER]
    said = names.counted(*counts)
    if not said:
        return (
            f"In {words.plural(len(watch.windows), 'window')} until {watch.until}, no rule found anything to speak of."
        )
    alerts = words.listed([item.rule for item in watch.findings if item.severity == watch.severity])
    return f"{said} in {words.plural(len(watch.windows), 'window')} until {watch.until}: {alerts}."


def _span(watch: WatchView) -> str:
    if not watch.windows:
        return "none"
    first, last = watch.windows[0], watch.windows[-1]
    return f"{len(watch.windows)}, from {first.start} until {last.end} (not included)"


def _findings(watch: WatchView, context: MonitorContext, notes: Notes) -> Section | None:
    if not watch.findings:
        return None
    ranked = sorted(watch.findings, key=lambda item: _ORDER.index(item.severity))
    rows = tuple(_finding(item, context, notes) for item in ranked)
    columns = (Column("Severity"), Column("Rule"), Column("Finding"), Column("Since"))
    return Section("findings", "What was found", (Table(sentence(watch), columns, rows),), weight=9)


def _finding(item: WatchFindingView, context: MonitorContext, notes: Notes) -> Row:
    rule: Inline = (
        (Span(item.rule, Kind.LINK, f"{context.rules}/{item.rule}.md"),) if context.rules else code(item.rule)
    )
    said: Inline = prose(item.summary)
    for fact in item.facts:
        said = (*said, BREAK, *plain(f"{words.fact(fact.name)}: "), *cells.fact_in_full(fact, notes))
    if item.advice:
        said = (*said, BREAK, *prose(item.advice))
    subject = (BREAK, *plain(item.subject)) if item.subject else ()
    return Row(((Span(item.severity, Kind.VERDICT),), (*rule, *subject), said, plain(item.since)))


def _causes(watch: WatchView) -> Section | None:
    if not watch.causes:
        return None
    items = tuple(
        (
            *strong(item.kind.capitalize()),
            *plain(f" ({item.subject})" if item.subject else ""),
            *plain(": "),
            *prose(item.summary),
            *plain(f" ({', '.join(item.rules)})" if item.rules else ""),
        )
        for item in watch.causes
    )
    note = Paragraph(plain("Probable, not proven: what the findings together speak for."), "quiet")
    return Section("causes", "Probable causes", (note, Bullets(items)), weight=8)


def _chapters(watch: WatchView, figures: Mapping[str, Drawing], notes: Notes) -> list[Section]:
    chapters: dict[str, tuple[str, list[Block]]] = {}
    for rule in dict.fromkeys(item.rule for item in watch.signals):
        anchor, title = names.chapter(rule)
        blocks = chapters.setdefault(anchor, (title, []))[1]
        blocks += [Heading(rule), *tables.of_rule(watch, rule, f"{rule}, window by window", notes)]
    for name, drawing in figures.items():
        if name in chapters:
            picture = Picture(
                name,
                drawing.alt,
                "With 95\u00a0% intervals. Dashed: what is tolerated." if name != "data" else drawing.alt,
            )
            chapters[name][1].insert(0, picture)
    made = []
    for anchor in names.ORDER:
        if anchor in chapters:
            title, blocks = chapters[anchor]
            made.append(Section(anchor, title, tuple(blocks), weight=6))
    return made


def _skipped(watch: WatchView) -> Section | None:
    if not watch.skipped:
        return None
    return Section(
        "skipped", "What was not read or not counted", (Bullets(tuple(map(plain, watch.skipped))),), weight=4
    )
