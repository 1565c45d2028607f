"""An answer to the monitor's look, from beginning to end. Killed at any point, a second run ends with one proposal and one issue."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wardround.disclosure.tried import tried
from wardround.disclosure.watching import watched
from wardround.evidence.retraining import Fix
from wardround.flows.reproducing import reproduce
from wardround.flows.retrain import argument, fixes, recent, upstream
from wardround.flows.retrain.climbing import try_fixes
from wardround.flows.retrain.current import check_identity
from wardround.flows.retrain.draft import draft
from wardround.flows.retrain.forging import begun, reference, short, tip_of
from wardround.flows.retrain.mark import Mark
from wardround.flows.retrain.proposing import choose, completed, proposal_of, propose, reviewed
from wardround.flows.retrain.request import RetrainResult
from wardround.flows.review.references import remote_of
from wardround.monitoring.retraining import Climb, answer_to
from wardround.monitoring.retraining.deciding import HARM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.disclosure.watched import WatchView
    from wardround.evidence.retraining import RetrainingEvidence
    from wardround.flows.retrain.request import RetrainRequest
    from wardround.monitoring.retraining import Answer


def retrain(request: RetrainRequest) -> RetrainResult:
    """Opens or updates one issue for faults of supply, and one pull request with the cheapest fix that suffices.

    Raises a forge's errors, and what the pipeline or the review of the draft raises; nothing is proposed then. Raises :class:`UsageError`
    when the look was at another project or stage.
    """
    check_identity(request.evidence, request.project.params)
    watch = watched(request.evidence, min_cell=request.project.params.disclosure.min_cell)
    answer = answer_to(request.evidence)
    issue = None
    if answer.issue and request.forge is not None:
        request.progress("a fault of the data's supply: the data issue")
        issue = upstream.report(request.forge, watch)
    if not answer.climbs:
        return RetrainResult(nothing=answer.waits or "no alarm says that patients are worse served", issue=issue)
    return replace(_answered(request, watch, answer), issue=issue)


def _answered(request: RetrainRequest, watch: WatchView, answer: Answer) -> RetrainResult:
    commit, params = tip_of(request), request.project.params
    harm = tuple(item for item in watch.findings if item.severity == "alert" and item.rule.startswith(HARM))
    mark = Mark("retrain", params.project.name, since=upstream.since(watch, harm), until=watch.until)
    mark, stands = begun(request, mark, commit)
    if stands.blocked:
        return RetrainResult(nothing=stands.blocked)
    end = recent.matured_until(request.evidence)
    if end is None:
        return RetrainResult(nothing=recent.IMMATURE)
    window = recent.window_of(end, params.monitor.retrain.recent_days)
    request.progress(f"the recent window: {window.start} to {window.end}")
    place = draft(request.project, commit).with_params(fixes.moved(window))
    reproduce(place.project, request.progress, pull=remote_of(request.project) is not None, targets=("features",))
    mark = replace(mark, data=short(place.data_digest))
    if request.forge is not None and stands.open is not None and stands.is_done(mark):
        return RetrainResult(
            nothing=f"pull request {stands.open.number} answers this from the same data",
            proposed=completed(request.forge, stands.open, mark),
        )
    base = reference(request, place)
    found = try_fixes(place, base, window, answer)
    if found.climb is None or found.evidence is None:
        return RetrainResult(nothing=found.waits)
    written = request.project.layout.evidence("retraining")
    found.evidence.write(written)
    result = RetrainResult(
        evidence=found.evidence, tried=tried(found.evidence, min_cell=watch.min_cell), written=written
    )
    if found.climb.chosen is None:
        return replace(result, nothing=_without(found.climb))
    sufficing = [item for item in found.climb.attempts if item.suffices]
    chosen = choose(place, sufficing, window, recent.training_ended(base), request.progress)
    evidence = found.evidence.model_copy(update={"chosen": chosen.fix})
    evidence.write(written)
    view = tried(evidence, min_cell=watch.min_cell)
    verdict, why = reviewed(chosen.built)
    said = argument.Argument(
        params.project.name,
        mark,
        watch,
        view,
        chosen.built.review.published,
        verdict,
        why,
        request.by_job,
        chosen.refused,
        tuple(_notes(request, evidence)),
    )
    result = replace(result, evidence=evidence, tried=view)
    if request.forge is None:
        return replace(result, nothing="there is no forge: nothing is proposed", notes=(argument.body_of(said),))
    made = proposal_of("retrain", params.project.name, chosen.built, argument.title_of(said), argument.body_of(said))
    return replace(result, proposed=propose(request.forge, request.project, commit, made))


def _notes(request: RetrainRequest, evidence: RetrainingEvidence) -> Iterator[str]:
    if request.until is not None:
        yield f"The monitor looked as on {request.until.isoformat()}, because that day was asked for. It may be another today."
    if evidence.chosen in (Fix.REFIT, Fix.SEARCH):
        yield evidence.refitted


def _without(climbed: Climb) -> str:
    if not climbed.needed:
        return "on the recent window's new subjects the model as it is meets every limit"
    missed = ", ".join(climbed.unrepaired) or "each misses another one"
    return f"no fix meets every limit ({missed}): this needs people"
