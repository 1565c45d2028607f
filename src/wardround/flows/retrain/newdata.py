"""The data pull request: the window moved to what has matured, and what changed in the data. No alarm is needed, and no fix is chosen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from wardround.flows.reproducing import reproduce
from wardround.flows.retrain import fixes, recent
from wardround.flows.retrain.building import build
from wardround.flows.retrain.current import check_identity
from wardround.flows.retrain.draft import draft
from wardround.flows.retrain.forging import begun, short, tip_of
from wardround.flows.retrain.mark import Mark
from wardround.flows.retrain.proposing import completed, proposal_of, propose, reviewed
from wardround.flows.retrain.request import RetrainResult
from wardround.flows.retrain.standing import branch_of
from wardround.flows.review.references import remote_of
from wardround.report.escape import in_markdown

if TYPE_CHECKING:
    from wardround.disclosure.published import Published
    from wardround.evidence.monitor import Span
    from wardround.flows.retrain.request import RetrainRequest

#: So many columns are shown, those that moved most first. Project choice.
_COLUMNS = 12


def new_data(request: RetrainRequest) -> RetrainResult:
    """Opens or updates the one data pull request.

    Raises a forge's errors, and what the pipeline or the review of the draft raises; nothing is proposed then. Raises :class:`UsageError`
    when the look was at another project or stage.
    """
    check_identity(request.evidence, request.project.params)
    commit, params = tip_of(request), request.project.params
    end, now = recent.matured_until(request.evidence), params.data.window.end
    if end is None:
        return RetrainResult(nothing=recent.IMMATURE)
    if isinstance(now, int):
        return RetrainResult(nothing="the window is an order without dates: move it by hand")
    if now is not None and now >= end:
        return RetrainResult(nothing=f"the window ends on {now} already, and outcomes are mature until {end}")
    mark, stands = begun(request, Mark("data", params.project.name, until=request.evidence.until.isoformat()), commit)
    if stands.blocked:
        return RetrainResult(nothing=stands.blocked)
    if request.forge is not None:
        other = request.forge.pulls_of_branch(request.forge.repository, branch_of("retrain", params.project.name))
        if other:
            return RetrainResult(nothing=f"pull request {other[0].number} moves the window already")
    window = recent.window_of(end, params.monitor.retrain.recent_days)
    place = draft(request.project, commit).with_params(fixes.moved(window))
    request.progress(f"the window, moved to {end}")
    reproduce(place.project, request.progress, pull=remote_of(request.project) is not None, targets=("features",))
    mark = replace(mark, data=short(place.data_digest))
    if request.forge is not None and stands.open is not None and stands.is_done(mark):
        return RetrainResult(
            nothing=f"pull request {stands.open.number} shows the same data",
            proposed=completed(request.forge, stands.open, mark),
        )
    if request.forge is not None and closed_before(request, mark):
        return RetrainResult(nothing="a pull request with the same data was closed; it is not opened again")
    title = f"{params.project.name}: data until {end.isoformat()}"
    built = build(place, fixes.moved(window), title, request.progress)
    verdict, why = reviewed(built)
    lines = _lines(window, now, built.review.published, request, (verdict, why))
    body = "\n".join(lines).strip() + f"\n\n{mark.text}\n"
    if request.forge is None:
        return RetrainResult(nothing="there is no forge: nothing is proposed", notes=(body,))
    made = proposal_of("data", params.project.name, built, title, body)
    return RetrainResult(proposed=propose(request.forge, request.project, commit, made))


def closed_before(request: RetrainRequest, mark: Mark) -> bool:
    """Whether a pull request made from exactly these data was closed without a merge."""
    assert request.forge is not None
    pulls = request.forge.pulls_of_branch(request.forge.repository, branch_of(mark.kind, mark.project), "closed")
    marks = (Mark.read(pull.body) for pull in pulls if not pull.merged)
    return any(found is not None and found.same_data(mark) for found in marks)


def _lines(
    window: Span, before: dt.date | None, published: Published, request: RetrainRequest, review: tuple[str, str]
) -> Iterator[str]:
    verdict, why = review
    yield f"The data window moves from {before or 'an open end'} to **{window.end}**: until then outcomes are mature."
    yield ""
    yield "The model is trained again as it was, on these data. Nothing merges itself: this is reviewed as any change."
    yield ""
    yield from _profile(published)
    if published.validation is not None:
        yield f"The contract says: **{published.validation.verdict}**, of {published.validation.rows} rows."
        yield ""
    yield f"The review of this change, worked out before it was opened: **{verdict}**. {in_markdown(why)}"
    if request.by_job:
        yield ""
        yield (
            "This pull request was opened with a job's own token: its workflows start when somebody who may write here presses *Approve workflows "
            "to run*. Please approve the runs."
        )


def _profile(published: Published) -> Iterator[str]:
    """What changed in the data: columns by their stability index, the largest first."""
    profile = published.profile
    if profile is None:
        return
    yield "## What changed in the data"
    yield ""
    yield f"Encounters: {profile.rows_base} before, {profile.rows_head} now."
    yield ""
    moved = sorted(profile.columns, key=lambda item: (-(item.psi.value or 0.0), item.column))[:_COLUMNS]
    yield "| column | stability index (PSI) | missing before | missing now |"
    yield "|---|---|---|---|"
    for item in moved:
        yield f"| {in_markdown(item.column)} | {item.psi} | {item.missing.base} | {item.missing.head} |"
    yield ""
