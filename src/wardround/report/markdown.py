"""A document as GitHub Flavoured Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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
    Section,
    Span,
    Table,
)
from wardround.report.escape import in_code_block, in_html_of_markdown, in_markdown, in_markdown_code

#: What a paragraph of a tone begins with.
_TONES = {"warn": "\u26a0\ufe0f "}


@dataclass(frozen=True)
class Style:
    """``pictures`` is the path of the figures from the report; empty shows characters instead of images."""

    pictures: str = "figures"
    heading: int = 2


def render(document: Document, style: Style | None = None) -> str:
    """The whole document."""
    style = style or Style()
    parts = [f"# {in_markdown(document.title)}", answer(document.top)]
    if document.subtitle:
        parts.insert(1, in_markdown(document.subtitle))
    parts += [section(item, style) for item in document.sections]
    if document.notes:
        parts.append("## Numbers that are not shown\n\n" + notes(document))
    return "\n\n".join(parts) + "\n"


def answer(top: Answer) -> str:
    """The verdict, its sentence and the next step."""
    sign = words.mark(top.verdict)
    lines = [
        f"## {sign.emoji} {in_markdown(top.word)}",
        f"**{inline(top.sentence)}**",
        f"Next: {inline(top.next_step)}",
    ]
    if top.facts:
        lines.append("\n".join(f"- {in_markdown(name)}: {inline(value)}" for name, value in top.facts))
    return "\n\n".join(lines)


def section(item: Section, style: Style) -> str:
    """A section with its heading."""
    return "\n\n".join([f"{'#' * style.heading} {in_markdown(item.title)}", *blocks(item.blocks, style)])


def notes(document: Document) -> str:
    """Why numbers are withheld."""
    return "\n".join(f"- **({letter})** {in_markdown(str(why))}" for letter, why in document.notes)


def blocks(items: Iterable[Block], style: Style) -> list[str]:
    """Blocks, each as lines of Markdown."""
    return [text for item in items if (text := block(item, style))]


def block(item: Block, style: Style) -> str:
    """One block."""
    match item:
        case Heading():
            return f"{'#' * (style.heading + item.level - 2)} {in_markdown(item.text)}"
        case Paragraph():
            return _TONES.get(item.tone, "") + inline(item.text)
        case Bullets():
            return "\n".join(f"- {inline(text)}" for text in item.items)
        case Table():
            return table(item)
        case Picture():
            return picture(item, style)
        case Beside():
            return "\n\n".join(blocks(item.blocks, style))
        case Fold():
            inside = "\n\n".join(blocks(item.blocks, style))
            return fold(html_inline(item.summary), inside)


def fold(summary: str, inside: str) -> str:
    """A part that a reader opens. ``summary`` is HTML."""
    return f"<details>\n<summary>{summary}</summary>\n\n{inside}\n\n</details>"


def table(item: Table) -> str:
    """A caption and a table."""
    head = "| " + " | ".join(in_markdown(column.heading) for column in item.columns) + " |"
    rule = "|" + "|".join(" ---: " if column.numeric else " --- " for column in item.columns) + "|"
    rows = list(_rows(item))
    return f"{in_markdown(item.caption)}\n\n" + "\n".join([head, rule, *rows])


def _rows(item: Table) -> Iterator[str]:
    """Rows, with a row of its own for the heading of a group."""
    group = ""
    for row in item.rows:
        if row.group and row.group != group:
            group = row.group
            yield f"| **{in_markdown(group)}** |" + " |" * (len(item.columns) - 1)
        yield "| " + " | ".join(inline(cell) for cell in row.cells) + " |"


def picture(item: Picture, style: Style) -> str:
    """The image with its text, or the same in characters; a figure that could not be drawn has no text and no file."""
    if style.pictures and item.alt:
        return f"![{in_markdown(item.alt)}]({style.pictures}/{item.name}.svg)\n\n{in_markdown(item.caption)}"
    if not item.chart:
        return ""
    lines = "\n".join(_fenced(line) for line in item.chart)
    return f"{in_markdown(item.caption)}\n\n```text\n{lines}\n```"


def _fenced(line: str) -> str:
    """A line of a chart: spaces are kept, everything else is made inert."""
    indent = len(line) - len(line.lstrip(" "))
    words_of_line = line.lstrip(" ").split(" ")
    return " " * indent + " ".join(in_code_block(word) if word else "" for word in words_of_line)


def inline(spans: Inline) -> str:
    """Spans on one line; the second line of a cell is small."""
    return "".join(_span(span) for span in spans)


def _span(span: Span) -> str:
    match span.kind:
        case Kind.CODE:
            return in_markdown_code(span.text)
        case Kind.BREAK:
            return "<br>"
        case Kind.VERDICT:
            sign = words.mark(span.text)
            return f"{sign.emoji} {sign.word}"
        case Kind.WITHHELD:
            return f"*{in_markdown(span.text)}* ({span.target})"
        case Kind.LINK:
            return f"[{in_markdown_code(span.text)}]({span.target})"
    edge = (span.text[:1] == " ", span.text[-1:] == " " and len(span.text) > 1)
    text = in_markdown(span.text)
    if text and span.kind is Kind.STRONG:
        text = f"**{text}**"
    elif text and span.kind is Kind.EMPHASIS:
        text = f"*{text}*"
    return " " * edge[0] + text + " " * edge[1]


def html_inline(spans: Inline) -> str:
    """Spans inside an HTML element of Markdown (a summary): plain text only."""
    return "".join(
        f"<code>{in_html_of_markdown(span.text)}</code>" if span.kind is Kind.CODE else in_html_of_markdown(span.text)
        for span in spans
    )
