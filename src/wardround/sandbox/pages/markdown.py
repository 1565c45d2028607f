"""GitHub's Markdown to HTML that is safe to show: what GitHub strips, is stripped; what it shows, is shown."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token
    from markupsafe import Markup

#: The elements that GitHub lets through; ``input`` only ever becomes a box of a task list that nobody can tick.
_TAGS = frozenset(
    word
    for line in (
        "a abbr b bdo blockquote br caption cite code dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6",
        "hr i img input ins kbd li mark ol p pre q rp rt ruby s samp small span strike strong sub summary sup table",
        "tbody td tfoot th thead time tr tt ul var wbr",
    )
    for word in line.split()
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "details": {"open"},
    "input": {"checked"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "p": {"align"},
    "div": {"align"},
    "abbr": {"title"},
    "time": {"datetime"},
}
_HEADING = re.compile(r"(</?h)([1-6])(?=[ >])")
_ALIGN = re.compile(r"text-align:(left|right|center)")


def comment(text: str) -> Markup:
    """A comment or description: a line's end is a line's end, as on GitHub."""
    return _render(text, breaks=True, top=4)


def document(text: str) -> Markup:
    """A Markdown file of a repository, or a run's summary."""
    return _render(text, breaks=False, top=3)


def _render(text: str, *, breaks: bool, top: int) -> Markup:
    """``top`` is the level that the largest heading gets, so that headings of a page stay in order."""
    import nh3
    from markupsafe import Markup

    clean = nh3.clean(
        _parser(breaks).render(text.replace("\r\n", "\n")),
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        set_tag_attribute_values={"input": {"type": "checkbox", "disabled": ""}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
        allowed_classes={"li": {"task-list-item"}},
    )
    return Markup(_levels(clean, top))  # noqa: S704 - nh3 made it safe, and one digit of each heading changes


def _levels(html: str, top: int) -> str:
    used = sorted({int(match[2]) for match in _HEADING.finditer(html)})
    return _HEADING.sub(lambda match: match[1] + str(min(top + used.index(int(match[2])), 6)), html)


@cache
def _parser(breaks: bool) -> MarkdownIt:  # noqa: FBT001 - the key of the cache
    from markdown_it import MarkdownIt
    from mdit_py_plugins.tasklists import tasklists_plugin

    made = MarkdownIt("gfm-like", {"breaks": breaks, "html": True}).use(tasklists_plugin)
    made.core.ruler.push("align", lambda state: _align(state.tokens))
    return made


def _align(tokens: list[Token]) -> None:
    """Tables align by an attribute, as GitHub's do: the pages' policy lets no style of a text through."""
    for token in tokens:
        match = _ALIGN.search(str(token.attrs.pop("style", ""))) if token.type in {"th_open", "td_open"} else None
        if match:
            token.attrs["align"] = match[1]
