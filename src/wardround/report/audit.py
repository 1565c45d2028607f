"""The first page of an audit pack: what ran when, approved by whom, and what is wrong. Values in, HTML out; no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wardround.report.escape import in_html

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}th,td{border:1px solid #bbb;padding:.3rem .5rem;text-align:left;vertical-align:top}"
    "code{font-size:.85em;overflow-wrap:anywhere}.red{color:#b00020;font-weight:bold}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}th,td{border-color:#555}.red{color:#ff6b81}a{color:#8cb4ff}}"
)


@dataclass(frozen=True)
class Held:
    """A version in a stage. ``approved`` are people with their roles; ``red`` says that somebody must look."""

    stage: str
    version: str
    since: str
    until: str
    change: str
    review: str
    approved: tuple[str, ...]
    red: bool


@dataclass(frozen=True)
class Traced:
    """A version of the period: how many links of its lineage are verified, not checked and broken. ``place`` is its directory in the pack."""

    version: str
    made: str
    by: str
    verdict: str
    verified: int
    unseen: int
    broken: int
    place: str


@dataclass(frozen=True)
class Event:
    """An entry of the ledger."""

    time: str
    kind: str
    about: str
    by: str
    says: str


@dataclass(frozen=True)
class AuditPage:
    """``first`` and ``last`` are days, both included. ``wrong`` is what the ledger's verification found; ``aside`` tags that do not count."""

    project: str
    first: str
    last: str
    commit: str
    entries: int
    anchored: int
    heads: tuple[str, ...]
    wrong: tuple[str, ...]
    notes: tuple[str, ...]
    held: tuple[Held, ...]
    versions: tuple[Traced, ...]
    events: tuple[Event, ...]
    aside: tuple[str, ...]
    roles: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]


def page(view: AuditPage) -> str:
    """The page."""
    title = f"{view.project}, {view.first} to {view.last}"
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<title>Audit of {in_html(title)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>Audit of {in_html(title)}</h1>",
            *_body(view),
            "</body></html>\n",
        )
    )


def _body(view: AuditPage) -> Iterator[str]:
    yield (
        f"<p>Made from commit <code>{in_html(view.commit)}</code>. This pack helps to prepare an audit; it says what the repository holds, "
        "and is no statement that any rule is met. It has no data of patients in it, and no measure of performance.</p>"
    )
    yield "<h2>Is the record whole?</h2>"
    yield (
        f"<p>{view.entries} entries in the ledger; {view.anchored} of them are behind the heads that tags name. "
        f"Heads: {', '.join(f'<code>{in_html(head)}</code>' for head in view.heads) or 'none'}.</p>"
    )
    if view.wrong:
        yield '<p class="red">The ledger cannot be believed as it is:</p>' + _list(view.wrong)
    elif view.entries:
        yield "<p>Nothing was edited, removed, put in another order or forked.</p>"
    if view.notes:
        yield "<p>To be known:</p>" + _list(view.notes)
    if view.aside:
        yield '<p class="red">Tags that do not count:</p>' + _list(view.aside)
    yield "<h2>What ran</h2>"
    yield _table(
        ("stage", "version", "from", "until", "change", "review", "approved by"),
        (
            (
                one.stage,
                one.version,
                one.since,
                one.until,
                one.change,
                one.review,
                ", ".join(one.approved) or "not in the ledger",
            )
            for one in view.held
        ),
        [one.red for one in view.held],
        "nothing was in a stage",
    )
    yield "<h2>Versions</h2>"
    yield _table(
        ("version", "made", "by", "decision", "links verified", "not checked", "broken", "where"),
        (
            (one.version, one.made, one.by, one.verdict, str(one.verified), str(one.unseen), str(one.broken), one.place)
            for one in view.versions
        ),
        [bool(one.broken) for one in view.versions],
        "none was released or in a stage",
    )
    yield "<h2>What was recorded</h2>"
    yield _table(
        ("when (UTC)", "what", "about", "by", "says"),
        ((one.time, one.kind, one.about, one.by, one.says) for one in view.events),
        [one.kind == "override" for one in view.events],
        "nothing",
    )
    yield "<h2>Who may approve what</h2>"
    yield _table(("role", "people"), view.roles, [], "params name no roles")
    yield "<h2>Files</h2>"
    yield (
        "<p><code>manifest.json</code> has the SHA-256 of every file. Each line of <code>ledger.jsonl</code> is one entry: the SHA-256 of its bytes, "
        "line end included, is its name, and names the line in those that follow it.</p>"
    )
    yield _table(("file", "SHA-256"), view.files, [], "none")


def _list(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{in_html(item)}</li>" for item in items) + "</ul>"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]], red: list[bool], nothing: str) -> str:
    made = []
    for number, row in enumerate(rows):
        mark = ' class="red"' if number < len(red) and red[number] else ""
        made.append(f"<tr{mark}>{''.join(f'<td>{in_html(cell)}</td>' for cell in row)}</tr>")
    if not made:
        return f"<p>{in_html(nothing)}.</p>"
    return f"<table><thead><tr>{''.join(f'<th>{name}</th>' for name in head)}</tr></thead><tbody>{''.join(made)}</tbody></table>"
