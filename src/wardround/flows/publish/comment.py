"""The one comment of a pull request: a marker, which run it tells of, a section for each project, where it comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wardround.forge.values import Comment, Run
from wardround.report.escape import in_markdown

MARKER = "<!-- wardround:review -->"
#: GitHub refuses bodies above 65,536 characters.
LIMIT = 65_000
#: Marker, lines about the run, and the rules between sections.
_AROUND = 1_000
_RUN = re.compile(
    r"<!-- wardround:run id=(?P<id>\d{1,19}) attempt=(?P<attempt>\d{1,9}) head=(?P<head>[0-9a-f]{40,64}) -->"
)


@dataclass(frozen=True)
class Said:
    """Which run a comment tells of."""

    run: int
    attempt: int
    head: str


def room(sections: int) -> int:
    """How many characters each of so many sections may have."""
    return (LIMIT - _AROUND) // max(sections, 1)


def body(run: Run, sections: tuple[str, ...], page: str) -> str:
    """The whole comment. ``page`` is the address of the run that publishes; empty: it is not linked."""
    head = f"{MARKER}\n<!-- wardround:run id={run.id} attempt={run.attempt} head={run.head_sha} -->\n"
    links = [f"[review run {run.id}]({run.url})" if run.url else f"review run {run.id}"]
    links += [f"[full report]({page})"] if page else []
    foot = f"<sub>Commit {run.head_sha} · {' · '.join(links)}</sub>\n"
    return head + "\n\n---\n\n".join(section.strip() for section in sections) + "\n\n" + foot


def plain_section(title: str, description: str, notes: tuple[tuple[str, str, str], ...], longest: int = LIMIT) -> str:
    """A section where no report could be drawn: the verdict, why, and what to do. Ids, sentences and advice are our own.

    ``longest`` is in characters; notes that do not fit are left out whole.
    """
    text = f"## {in_markdown(title[:200])}\n\n**{in_markdown(description)}**\n\n"
    for name, summary, advice in notes:
        line = f"- `{name}` {in_markdown(summary)} {in_markdown(advice)}\n"
        text += line if len(text) + len(line) <= longest else ""
    return text


def said(comments: tuple[Comment, ...]) -> tuple[Said, ...]:
    """Which runs our comments tell of."""
    found = (_RUN.search(comment.body[:500]) for comment in comments)
    return tuple(Said(int(item["id"]), int(item["attempt"]), item["head"]) for item in found if item)


def newer(comments: tuple[Comment, ...], run: Run) -> Said | None:
    """The newer run of the same commit that a comment tells of already, or None.

    A comment about another commit is older: the pull request's head is this run's, or nothing would be published.
    """
    later = (
        one for one in said(comments) if one.head == run.head_sha and (one.run, one.attempt) > (run.id, run.attempt)
    )
    return next(later, None)
