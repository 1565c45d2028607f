"""The answer of a look as lines for a terminal, without colour or markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.disclosure.watched import WatchView
from wardround.report import cells, words
from wardround.report.blocks import Inline, Kind, Notes
from wardround.report.escape import in_terminal
from wardround.report.monitor import names
from wardround.report.monitor.document import sentence

if TYPE_CHECKING:
    from wardround.report.monitor import MonitorContext


def summary(watch: WatchView, context: MonitorContext) -> tuple[str, ...]:
    """Severity, sentence, and each finding that asks for something."""
    notes = Notes()
    sign = words.mark(names.severity(watch.severity))
    lines = [
        f"{sign.icon} {sign.word.upper()}  {in_terminal(context.title)} ({watch.stage})",
        in_terminal(sentence(watch)),
    ]
    for item in watch.findings:
        if item.severity == "note":
            continue
        about = f" {in_terminal(item.subject)}" if item.subject else ""
        lines += ["", f"{words.mark(item.severity).word}: {item.rule}{about}", f"  {in_terminal(item.summary)}"]
        lines += [
            f"    {in_terminal(words.fact(fact.name))}: {_text(cells.fact_in_full(fact, notes))}" for fact in item.facts
        ]
        if item.advice:
            lines.append(f"  {in_terminal(item.advice)}")
    for cause in watch.causes:
        lines += ["", f"probable cause, {cause.kind}: {in_terminal(cause.summary)}"]
    return tuple(lines)


def _text(spans: Inline) -> str:
    return in_terminal("".join(" " if span.kind is Kind.BREAK else span.text for span in spans))
