"""Parts of a model's page: the answer on top, what was found, charts of a chapter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wardround.disclosure.watched import SignalView
from wardround.report import words
from wardround.report.blocks import Answer, Inline, Notes, code, plain, prose
from wardround.report.cells import fact_in_full
from wardround.report.dashboard.shell import folded, row, table
from wardround.report.dashboard.svg import Mark, label, line
from wardround.report.dashboard.values import Model, moment
from wardround.report.escape import in_html
from wardround.report.html.render import answer as answered
from wardround.report.html.render import badge, inline
from wardround.report.monitor import names
from wardround.report.monitor.document import sentence

_ORDER = ("alert", "warning", "note")


def answer(model: Model) -> str:
    """Severity, sentence, next step and facts."""
    last = model.last
    if last is None:
        top = Answer(
            "never",
            "Never watched",
            plain("The monitor has not looked at this model yet."),
            prose("Run the workflow `monitor`, or `wardround monitor`."),
            _facts(model),
        )
        return answered(top)
    found = next((item for name in _ORDER for item in last.watch.findings if item.severity == name), None)
    step: Inline = plain("Nothing: the next look comes by itself.")
    if found is not None and found.severity != "note":
        step = (*prose(found.advice or "See what was found."), *plain(" ("), *code(found.rule), *plain(")"))
    return answered(
        Answer(model.severity, words.mark(model.severity).word, plain(sentence(last.watch)), step, _facts(model))
    )


def _facts(model: Model) -> tuple[tuple[str, Inline], ...]:
    facts: list[tuple[str, Inline]] = []
    for stage in model.stages:
        held = model.now(stage)
        said = (*code(held.version), *plain(f" since {held.start:%Y-%m-%d}")) if held else plain("nothing")
        facts.append((stage, said))
    if model.last is not None:
        facts.append(("Last look", plain(moment(model.last.ran_at))))
    if model.due is not None:
        facts.append(("The next is late after", plain(moment(model.due))))
    return tuple(facts)


def findings(model: Model) -> Iterable[str]:
    """What the last look found, its probable causes, and the open proposals."""
    last = model.last
    if last is not None and last.watch.findings:
        ranked = sorted(last.watch.findings, key=lambda item: _ORDER.index(item.severity))
        notes = Notes()
        rows = []
        for item in ranked:
            facts = "".join(
                f"<span class='under'>{in_html(words.fact(told.name))}: {inline(fact_in_full(told, notes))}</span>"
                for told in item.facts
            )
            about = f"<code>{in_html(item.rule)}</code>" + (f"<br>{in_html(item.subject)}" if item.subject else "")
            rows.append(row((badge(item.severity), about, in_html(item.summary) + facts, in_html(item.since))))
        yield table("Findings", ("Severity", "Rule", "Finding", "Since"), rows)
    if last is not None and last.watch.causes:
        items = "".join(
            f"<li><strong>{in_html(item.kind.capitalize())}</strong>: {in_html(item.summary)}</li>"
            for item in last.watch.causes
        )
        yield f"<h3>Probable causes</h3><ul>{items}</ul>"
    yield from _proposals(model)
    for problem in model.problems:
        yield f"<p class='warn'>{in_html(problem)}</p>"


def _proposals(model: Model) -> Iterable[str]:
    if model.proposals is None:
        if model.unanswered:
            yield "<p class='quiet'>The forge was asked for open proposals, and did not answer.</p>"
        return
    if not model.proposals:
        yield "<p class='quiet'>No proposal is open.</p>"
        return
    items = "".join(
        f"<li>{in_html(item.kind.capitalize())}: <a href='{in_html(item.url)}'>#{item.number}</a> {in_html(item.title)}</li>"
        if item.url.startswith("https://")
        else f"<li>{in_html(item.kind.capitalize())}: #{item.number} {in_html(item.title)}</li>"
        for item in model.proposals
    )
    yield f"<h3>Open proposals</h3><ul>{items}</ul>"


def series_of(signals: Iterable[SignalView]) -> list[list[SignalView]]:
    """Signals of the same measure of the same group, in order of their windows."""
    found: dict[tuple[str, str, str, str], list[SignalView]] = {}
    for item in signals:
        found.setdefault((item.rule, item.measure, item.column, item.level), []).append(item)
    return [sorted(series, key=lambda item: item.window) for series in found.values()]


def charts(model: Model, everybody: Sequence[SignalView], chapter: str) -> Iterable[str]:
    """A chart for each measure of everybody in a chapter, with the numbers below."""
    marks = [Mark(item.start.date(), item.version) for item in model.spells if item.stage == model.stage]
    drawn, quiet = [], []
    for series in series_of(item for item in everybody if names.chapter(item.rule)[0] == chapter):
        picture = line(series, marks)
        if not picture:
            quiet.append(names.measure(series[-1].measure))
            continue
        title = names.measure(series[-1].measure)
        drawn.append(
            f"<figure><h3>{in_html(title)}</h3>{picture}<figcaption>{in_html(label(series))}</figcaption>{_numbers(series)}</figure>"
        )
    if drawn:
        yield f"<div class='charts'>{''.join(drawn)}</div>"
    if quiet:
        yield f"<p class='quiet'>Without a number in any window: {in_html(', '.join(dict.fromkeys(quiet)))}.</p>"


def _numbers(series: Sequence[SignalView]) -> str:
    rows = [
        row(
            (
                in_html(item.window),
                in_html(str(item.estimate) if item.state == "assessed" else item.state),
                in_html(str(item.n)),
                "yes" if item.crossed else "no",
            )
        )
        for item in reversed(series)
    ]
    heads = ("Window", "Estimate", "Encounters", "Beyond")
    return folded("The numbers", table(names.measure(series[-1].measure), heads, rows))
