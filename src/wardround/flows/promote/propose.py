"""Proposes a version for a stage: one small pull request, the same one each time it is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wardround.deploy.runtime import Runtime, runnable
from wardround.deploy.stage_file import path_of
from wardround.deploy.validate import problems
from wardround.errors import GateRefusal
from wardround.flows.promote.body import LABELS, body_of, branch_of, title_of
from wardround.flows.promote.mark import LABEL
from wardround.flows.promote.owners import PLACES, owners_of
from wardround.flows.promote.plan import Plan, params_at, plan, section_of, stage_file_at
from wardround.flows.promote.previous import previous_good
from wardround.flows.promote.request import ChangeResult
from wardround.flows.promote.trunk import Proposal

if TYPE_CHECKING:
    from wardround.flows.promote.request import ChangeRequest


def propose(request: ChangeRequest) -> ChangeResult:
    """The pull request (or, without a forge, the branch) that puts the version into the stage.

    Raises :class:`GateRefusal` when the version may not go there, :class:`UsageError` for a wrong call, and a forge's errors.
    """
    if not request.version:
        request = replace(request, version=target_of(request))
    made = plan(request)
    owners = _owners(request, made)
    result = ChangeResult(
        request.stage,
        request.version,
        made.before.version if made.before else None,
        made.demands,
        owners,
        notes=made.notes,
        files=tuple(sorted(made.files)),
    )
    if not made.changes:
        held = request.state.at(request.stage)
        if held is not None and held.version == request.version:
            return replace(result, nothing=f"{request.version} is in {request.stage} already ({held.tag.name})")
        return replace(
            result,
            nothing=f"the default branch names {request.version} already; its tag is made by `wardround promote --complete`",
        )
    _validated(made)
    proposal = Proposal(
        branch_of(request),
        made.files,
        title_of(request, made),
        body_of(request, made, owners),
        (LABELS[request.kind], *((LABEL,) if request.reviews else ())),
    )
    return replace(result, proposed=request.trunk.propose(proposal, made.tip))


def target_of(request: ChangeRequest) -> str:
    """The version that a rollback goes to where none is named."""
    tip = request.trunk.tip()
    section_of(params_at(request, tip), request.stage)
    named = stage_file_at(request.trunk.read(path_of(request.stage), tip), request.stage)
    return previous_good(request.state, request.stage, named.version if named else None)


def _owners(request: ChangeRequest, made: Plan) -> tuple[str, ...]:
    """Those who must approve, by the default branch's CODEOWNERS."""
    for place in PLACES:
        content = request.trunk.read_top(place, made.tip)
        if content is not None:
            return owners_of(content.decode("utf-8", "replace"), request.prefix + path_of(request.stage))
    return ()


def _validated(made: Plan) -> None:
    """What is generated satisfies the schemas: a mistake of ours, or of params, must show here and not in a cluster."""
    if runnable(made.file) and (found := problems(Runtime(made.file, made.section))):
        raise GateRefusal(problems=found)
