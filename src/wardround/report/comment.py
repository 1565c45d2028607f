"""The comment edition: summary first, details folded, no image needed, never longer than a comment may be."""

from __future__ import annotations

from wardround.report import markdown
from wardround.report.blocks import Document, Section
from wardround.report.escape import in_html, in_markdown
from wardround.values import Verdict

#: GitHub refuses bodies above 65,536 characters; the rest is for whoever adds a line.
LIMIT = 60_000
_STYLE = markdown.Style(pictures="", heading=3)
#: Sections that stand open; the gate's only when it blocks, and then first.
_OPEN = frozenset({"performance"})
_FIRST = "gate"


def render(document: Document, limit: int = LIMIT) -> str:
    """The longest edition that fits: whole sections are dropped, least important first, and named."""
    sections = [section for section in document.sections if section.weight and _text(section)]
    blocks = document.top.verdict != Verdict.PASS
    if blocks:
        sections.sort(key=lambda section: section.anchor != _FIRST)
    # what refuses must not give way to a long list of changes, which the author decides
    ranked = sorted(sections, key=lambda section: (blocks and section.anchor == _FIRST, section.weight))
    for dropped in range(len(ranked) + 1):
        left_out = ranked[:dropped]
        text = _assemble(document, [section for section in sections if section not in left_out], left_out)
        if len(text) <= limit:
            return text
    return _cut(text, limit)


def _assemble(document: Document, sections: list[Section], left_out: list[Section]) -> str:
    parts = [f"## {in_markdown(document.title)}", markdown.answer(document.top).replace("## ", "### ", 1)]
    blocks = document.top.verdict != Verdict.PASS
    parts += [
        _section(section, unfolded=section.anchor in _OPEN or (blocks and section.anchor == _FIRST))
        for section in sections
    ]
    if document.notes:
        parts.append(markdown.fold("Why some numbers are not shown", markdown.notes(document)))
    if left_out:
        names = ", ".join(section.title.partition(":")[0] for section in left_out)
        parts.append(
            f"Left out, because a comment must not be longer: {in_markdown(names)}. The report of the run has them."
        )
    return "\n\n".join(parts) + "\n"


def _text(section: Section) -> str:
    return "\n\n".join(markdown.blocks(section.blocks, _STYLE))


def _section(section: Section, *, unfolded: bool) -> str:
    if unfolded:
        return f"### {in_markdown(section.title)}\n\n{_text(section)}"
    return markdown.fold(f"<b>{in_html(section.title)}</b>", _text(section))


def _cut(text: str, limit: int) -> str:
    """Whole lines only, so that nothing that was escaped is cut in two."""
    last = "\n\nThe rest is left out, because a comment must not be longer.\n"
    kept = text[: limit - len(last)]
    return kept[: kept.rfind("\n")] + last
