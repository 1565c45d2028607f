"""The report of a publication, drawn by the trusted side: what it knows better than the run stands in the place of what the run said."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wardround.disclosure.reading import Ruling, ruled
from wardround.disclosure.shapes import Checked
from wardround.flows.publication import Publication
from wardround.flows.publish.judge import Outcome
from wardround.report import Editions, review_editions
from wardround.report.context import Context, Revision


@dataclass(frozen=True)
class Known:
    """What the trusted side knows: the base's params of the project, branches as the forge names them, where rule pages are.

    ``rules`` is an ``https`` address or a relative path; empty: rules are not linked.
    """

    project: str
    title: str
    outcome: str
    encounter: str
    head_branch: str
    base_branch: str
    anchor: str = ""
    rules: str = ""


def render(
    publication: Publication, known: Known, outcome: Outcome, *, comment: int | None = None
) -> Checked[Editions]:
    """All editions under the trusted verdict, or the reason why they could not be drawn: values may be odd in many ways.

    ``comment`` is the longest length of the comment's section, where several projects share one comment.
    """
    published = ruled(publication.published, Ruling(outcome.verdict, outcome.findings))
    try:
        return Checked(review_editions(published, _context(publication, known), comment=comment))
    except Exception as error:  # noqa: BLE001 - evidence is hostile input: whatever it provokes must be told, not crash
        return Checked(None, f"the report could not be drawn from this evidence ({type(error).__name__})")


def _context(publication: Publication, known: Known) -> Context:
    said = publication.context
    revisions = [
        Revision("head", known.head_branch, publication.head_commit, "with uncommitted changes" if said.dirty else ""),
        Revision("base", known.base_branch, publication.base_commit),
    ]
    if publication.anchor_commit:
        revisions.append(Revision("anchor", known.anchor, publication.anchor_commit))
    return replace(
        said,
        project=known.project,
        title=known.title,
        outcome=known.outcome,
        encounter=known.encounter,
        revisions=tuple(revisions),
        lineage=tuple(row for row in said.lineage if not row.name.endswith(" commit")),
        rules=known.rules,
    )
