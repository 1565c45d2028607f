"""Blocks as HTML elements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from wardround.report import words
from wardround.report.blocks import (
    Answer,
    Beside,
    Block,
    Bullets,
    Document,
    Fold,
    Heading,
    Inline,
    Kind,
    Paragraph,
    Picture,
    Row,
    Section,
    Span,
    Table,
)
from wardround.report.escape import in_html
from wardround.report.html.style import CSS

if TYPE_CHECKING:
    from wardround.report.figures.style import Drawing


def page(document: Document, drawings: Mapping[str, Drawing]) -> str:
    """The whole page."""
    sign = words.mark(document.top.verdict)
    body = [
        '<a class="skip" href="#main">Skip to the report</a>',
        f"<header><p class='kind'>{in_html(document.kind)}</p><h1>{in_html(document.title)}</h1>"
        + (f"<p class='subtitle'>{in_html(document.subtitle)}</p>" if document.subtitle else "")
        + "</header>",
        "<main id='main'>",
        answer(document.top),
        contents(document),
        *(section(item, drawings) for item in document.sections),
        _notes(document),
        "</main>",
    ]
    title = f"{sign.word}: {in_html(document.title)}"
    return (
        "<!doctype html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>\n"
        "<meta name='color-scheme' content='light dark'>\n"
        f"<title>{title}</title>\n<style>\n{CSS}</style>\n</head>\n<body>\n"
        + "\n".join(filter(None, body))
        + "\n</body>\n</html>\n"
    )


def answer(top: Answer) -> str:
    """The verdict, its sentence, the next step, and a few facts."""
    facts = "".join(f"<div><dt>{in_html(name)}</dt><dd>{inline(value)}</dd></div>" for name, value in top.facts)
    return (
        f"<section class='answer {words.mark(top.verdict).name}' aria-labelledby='verdict'>"
        f"<h2 id='verdict'>{badge(top.verdict)}</h2>"
        f"<p class='sentence'>{inline(top.sentence)}</p>"
        f"<p class='next'><strong>Next:</strong> {inline(top.next_step)}</p>"
        + (f"<dl>{facts}</dl>" if facts else "")
        + "</section>"
    )


def badge(verdict: str) -> str:
    """Icon and word; the icon is for the eye only."""
    sign = words.mark(verdict)
    return f"<span class='badge {sign.name}'><span class='icon' aria-hidden='true'><span>{sign.icon}</span></span>{sign.word}</span>"


def contents(document: Document) -> str:
    """Links to the sections."""
    links = "".join(
        f"<li><a href='#{item.anchor}'>{in_html(item.title.partition(':')[0])}</a></li>" for item in document.sections
    )
    return f"<nav aria-label='Contents'><ul>{links}</ul></nav>"


def section(item: Section, drawings: Mapping[str, Drawing]) -> str:
    """A section with its heading."""
    inside = "\n".join(blocks(item.blocks, drawings))
    return f"<section id='{item.anchor}' aria-labelledby='{item.anchor}-title'>\n<h2 id='{item.anchor}-title'>{in_html(item.title)}</h2>\n{inside}\n</section>"


def _notes(document: Document) -> str:
    if not document.notes:
        return ""
    items = "".join(
        f"<div id='note-{letter}'><dt>{letter}</dt><dd>{in_html(str(why))}</dd></div>" for letter, why in document.notes
    )
    return f"<section id='notes' aria-labelledby='notes-title'><h2 id='notes-title'>Numbers that are not shown</h2><dl class='notes'>{items}</dl></section>"


def blocks(items: Iterable[Block], drawings: Mapping[str, Drawing]) -> list[str]:
    """Blocks as elements."""
    return [block(item, drawings) for item in items]


def block(item: Block, drawings: Mapping[str, Drawing]) -> str:
    """One block."""
    match item:
        case Heading():
            return f"<h{item.level}>{in_html(item.text)}</h{item.level}>"
        case Paragraph():
            tone = f" class='{item.tone}'" if item.tone else ""
            return f"<p{tone}>{inline(item.text)}</p>"
        case Bullets():
            return "<ul>" + "".join(f"<li>{inline(text)}</li>" for text in item.items) + "</ul>"
        case Table():
            return table(item)
        case Picture():
            return picture(item, drawings)
        case Beside():
            inside = "".join(f"<div>{block(part, drawings)}</div>" for part in item.blocks)
            return f"<div class='beside'>{inside}</div>"
        case Fold():
            inside = "\n".join(blocks(item.blocks, drawings))
            return f"<details><summary>{inline(item.summary)}</summary>\n{inside}\n</details>"


def table(item: Table) -> str:
    """A table that scrolls by itself when the window is narrow, also by keyboard."""
    heads = "".join(
        f"<th scope='col'{_numeric(column.numeric)}>{in_html(column.heading)}</th>" for column in item.columns
    )
    rows = "".join(_rows(item))
    kind = " class='pair'" if item.pair else ""
    return (
        f"<div class='scroll' role='region' tabindex='0' aria-label='{in_html(item.caption)}'><table{kind}>"
        f"<caption>{in_html(item.caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _rows(item: Table) -> Iterable[str]:
    group = ""
    for row in item.rows:
        if row.group and row.group != group:
            group = row.group
            yield f"<tr class='group'><th scope='rowgroup' colspan='{len(item.columns)}'>{in_html(group)}</th></tr>"
        yield _row(item, row)


def _row(item: Table, row: Row) -> str:
    tone = f" class='{row.tone}'" if row.tone else ""
    first, *rest = row.cells
    cells = "".join(
        f"<td{_numeric(column.numeric)}>{inline(cell)}</td>"
        for column, cell in zip(item.columns[1:], rest, strict=True)
    )
    return f"<tr{tone}><th scope='row'>{inline(first)}</th>{cells}</tr>"


def _numeric(numeric: bool) -> str:  # noqa: FBT001 - it is the column's own field
    return " class='number'" if numeric else ""


def picture(item: Picture, drawings: Mapping[str, Drawing]) -> str:
    """A figure drawn in the page's colours; where it could not be drawn, the characters."""
    caption = f"<figcaption>{in_html(item.caption)}</figcaption>"
    drawing = drawings.get(item.name)
    if drawing is not None:
        return f"<figure>{drawing.inline()}{caption}</figure>"
    if not item.chart:
        return ""
    lines = "\n".join(_kept(line) for line in item.chart)
    return f"<figure><pre>{lines}</pre>{caption}</figure>"


def _kept(line: str) -> str:
    return " ".join(in_html(part) for part in line.split(" "))


def inline(spans: Inline) -> str:
    """Spans; what follows a break is smaller and stands below."""
    lines: list[list[str]] = [[]]
    for span in spans:
        if span.kind is Kind.BREAK:
            lines.append([])
        else:
            lines[-1].append(_span(span))
    first, *below = ("".join(line) for line in lines)
    return first + "".join(f"<span class='under'>{line}</span>" for line in below)


def _span(span: Span) -> str:
    edge = (" " if span.text[:1] == " " else "", " " if span.text[-1:] == " " and len(span.text) > 1 else "")
    text = in_html(span.text)
    match span.kind:
        case Kind.CODE:
            text = f"<code>{text or '(empty)'}</code>"
        case Kind.STRONG:
            text = f"<strong>{text}</strong>"
        case Kind.EMPHASIS:
            text = f"<em>{text}</em>"
        case Kind.VERDICT:
            text = badge(span.text)
        case Kind.LINK:
            text = f"<a href='{in_html(span.target)}'><code>{text}</code></a>"
        case Kind.WITHHELD:
            text = f"<em class='withheld'>{text}</em> <sup><a href='#note-{span.target}' aria-label='note {span.target}'>{span.target}</a></sup>"
    return f"{edge[0]}{text}{edge[1]}"
