"""The frame of every page: head, style, what leads back, and the note on small numbers."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence

from wardround.report.dashboard.style import CSS, SCRIPT
from wardround.report.escape import in_html
from wardround.report.html.style import CSS as REPORT

_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    f"script-src 'sha256-{base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()}'"
)


def shell(title: str, kind: str, body: Iterable[str], subtitle: str = "") -> str:
    """A whole page. ``title`` is text; ``body`` are elements."""
    return (
        "<!doctype html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n"
        f'<meta http-equiv="Content-Security-Policy" content="{_CSP}">\n'
        "<meta name='viewport' content='width=device-width, initial-scale=1'>\n"
        "<meta name='color-scheme' content='light dark'>\n"
        "<link rel='alternate' type='application/atom+xml' title='Findings' href='feed.xml'>\n"
        f"<title>{in_html(title)}</title>\n<style>\n{REPORT}{CSS}</style>\n</head>\n<body>\n"
        "<a class='skip' href='#main'>Skip to the content</a>\n"
        f"<header><p class='kind'>{in_html(kind)}</p><h1>{in_html(title)}</h1>"
        + (f"<p class='subtitle'>{in_html(subtitle)}</p>" if subtitle else "")
        + "</header>\n<main id='main'>\n"
        + "\n".join(filter(None, body))
        + "\n</main>\n<footer>Counts are rounded to 10, and small ones are withheld: nothing here is about one person. "
        "Made from tags, evidence and the branch <code>wardround/history</code>.</footer>\n"
        f"<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def section(anchor: str, title: str, inside: Iterable[str]) -> str:
    """A section with its heading; nothing without content."""
    content = "\n".join(filter(None, inside))
    if not content:
        return ""
    return f"<section id='{anchor}' aria-labelledby='{anchor}-title'>\n<h2 id='{anchor}-title'>{in_html(title)}</h2>\n{content}\n</section>"


def table(caption: str, heads: Sequence[str], rows: Iterable[str], *, name: str = "") -> str:
    """A table that can be sorted. Rows are elements."""
    head = "".join(f"<th scope='col'>{in_html(text)}</th>" for text in heads)
    mark = f" id='{name}'" if name else ""
    return (
        f"<div class='scroll' role='region' tabindex='0' aria-label='{in_html(caption)}'><table class='sortable'{mark}>"
        f"<caption>{in_html(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def row(cells: Sequence[str], kind: str = "") -> str:
    """A row of finished cells; the first is its heading. ``kind`` is what a filter looks at."""
    mark = f" data-kind='{in_html(kind)}'" if kind else ""
    first, *rest = cells
    return f"<tr{mark}><th scope='row'>{first}</th>{''.join(f'<td>{cell}</td>' for cell in rest)}</tr>"


def folded(summary: str, inside: str) -> str:
    """Something that a reader opens."""
    return f"<details><summary>{in_html(summary)}</summary>\n{inside}\n</details>"
