"""A card's sheet as a document, and from there as Markdown or a page."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.card.schema import FILE, hint
from wardround.card.sheet import Answer as Filled
from wardround.card.sheet import Sheet, State
from wardround.report import words
from wardround.report.blocks import (
    Answer,
    Block,
    Bullets,
    Column,
    Document,
    Heading,
    Inline,
    Paragraph,
    Row,
    Section,
    Table,
    code,
    plain,
    strong,
)
from wardround.report.context import Context

_WORDS = {State.COMPLETE: "Complete", State.PARTLY: "Partly filled", State.MISSING: "Missing"}


def markdown(sheet: Sheet, context: Context) -> str:
    """The sheet as GitHub Flavoured Markdown."""
    from wardround.report.markdown import render

    return render(document(sheet, context))


def page(sheet: Sheet, context: Context) -> str:
    """The sheet as one self-contained page."""
    from wardround.report.html.render import page as render

    return render(document(sheet, context), {})


def document(sheet: Sheet, context: Context) -> Document:
    """The whole sheet."""
    return Document(
        f"{context.heading}: {sheet.title.lower() if sheet.title[1:2].islower() else sheet.title}",
        context.outcome,
        _top(sheet),
        tuple(_sections(sheet)),
        kind=sheet.title,
    )


def _top(sheet: Sheet) -> Answer:
    total, done = len(sheet.answers), sheet.count(State.COMPLETE)
    lacking = words.plural(total - done, "item")
    verdict = "calm" if done == total else "note"
    by: dict[str, int] = {}
    for answer in sheet.answers:
        by[answer.item.by.value] = by.get(answer.item.by.value, 0) + 1
    return Answer(
        verdict,
        "Filled" if done == total else f"{lacking} of {total} not complete",
        plain(sheet.note),
        plain("Read it with those who answer for it.")
        if done == total
        else (*plain("Write what is missing in "), *code("governance/card.yaml"), *plain(".")),
        (
            ("items by who fills them", plain(", ".join(f"{name} {number}" for name, number in by.items()))),
            *((("after", plain(sheet.source)),) if sheet.source else ()),
        ),
    )


def _sections(sheet: Sheet) -> Iterator[Section]:
    """One for each group of items, or for each item where the form has no groups."""
    groups: dict[str, list[Filled]] = {}
    for answer in sheet.answers:
        groups.setdefault(answer.item.group, []).append(answer)
    for place, (name, answers) in enumerate(groups.items()):
        if name:
            blocks = [block for answer in answers for block in (Heading(_title(answer)), *_blocks(answer))]
            yield Section(f"part-{place}", name, tuple(blocks))
        else:
            yield from (
                Section(f"item-{answer.item.number}", answer.item.title, tuple(_blocks(answer))) for answer in answers
            )


def _title(answer: Filled) -> str:
    return f"{answer.item.number} {answer.item.title}"


def _blocks(answer: Filled) -> Iterator[Block]:
    said: Inline = (*strong(_WORDS[answer.state]), *plain(f" · filled by: {answer.item.by.value}"))
    if answer.written:
        said = (*said, *plain(" · written in "), *_codes(tuple(f"{FILE}: {name}" for name, _ in answer.written)))
    yield Paragraph(said, "quiet")
    if answer.rests and not answer.uncomputed:
        yield Paragraph(plain("Rests on:"), "quiet")
        yield Bullets(tuple((*code(str(rest)), *_digest(rest.digest)) for rest in answer.rests))
    for _, text in answer.written:
        yield from (Paragraph(plain(" ".join(part.split()))) for part in text.split("\n\n") if part.strip())
    yield from (Paragraph(plain(line)) for line in answer.computed.lines if line)
    table = answer.computed.table
    if table is not None and table.rows:
        columns = tuple(Column(heading) for heading in table.headings)
        yield Table(table.caption, columns, tuple(Row(tuple(plain(cell) for cell in row)) for row in table.rows))
    if answer.missing:
        hints = tuple((*code(name), *plain(f": {hint(name)}")) for name in answer.missing)
        yield Paragraph(plain("Nobody has written yet:"), "warn")
        yield Bullets(hints)
    if answer.uncomputed:
        yield Paragraph(plain("The evidence for this item is not there, or is withheld."), "warn")


def _digest(digest: str) -> Inline:
    return (*plain(", "), *code(digest)) if digest else ()


def _codes(names: tuple[str, ...]) -> Inline:
    found: Inline = ()
    for name in names:
        found = (*found, *(plain(", ") if found else ()), *code(name))
    return found
