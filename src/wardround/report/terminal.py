"""The answer as lines for a terminal, without colour or markup: print them as they are."""

from __future__ import annotations

from wardround.disclosure.published import Published
from wardround.report import sentences, words
from wardround.report.blocks import Inline, Kind, Notes
from wardround.report.cells import fact
from wardround.report.context import Context
from wardround.report.escape import in_terminal
from wardround.values import Verdict


def summary(published: Published, context: Context) -> tuple[str, ...]:
    """Verdict, sentence, each finding that blocks with its facts and advice, and the next step."""
    notes = Notes()
    top = sentences.answer(published, context, notes)
    sign = words.mark(top.verdict)
    lines = [f"{sign.icon} {sign.word.upper()}  {in_terminal(context.heading)}", text(top.sentence), ""]
    findings = published.decision.findings if published.decision else ()
    for finding in findings:
        if finding.verdict not in (Verdict.REFUSE, Verdict.CANNOT_TELL):
            continue
        about = f" ({finding.subject})" if finding.subject else ""
        lines.append(in_terminal(f"{words.mark(finding.verdict).icon} {finding.rule}{about}: {finding.summary}"))
        facts = "; ".join(
            f"{words.named_fact(item.name, item.group)} {text(fact(item, notes))}" for item in finding.facts
        )
        lines += [f"  {in_terminal(facts)}"] if facts else []
        lines += [f"  to do: {in_terminal(finding.advice)}"] if finding.advice else []
    if lines[-1]:
        lines.append("")
    counted = [(sum(finding.verdict == verdict for finding in findings), verdict) for verdict in Verdict]
    parts = ", ".join(f"{verdict} {number}" for number, verdict in counted if number)
    lines.append(f"{words.plural(len(findings), 'finding')}{': ' if parts else ''}{parts}. Next: {text(top.next_step)}")
    return tuple(lines)


def text(spans: Inline) -> str:
    """Spans as plain text."""
    return in_terminal("".join(" " if span.kind is Kind.BREAK else span.text for span in spans))
