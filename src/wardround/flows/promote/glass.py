"""Break-glass: a version goes into a stage at once, without review, and leaves a mark that stays red until a merged change reviews it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wardround.errors import GateRefusal, UsageError
from wardround.files import sha256_bytes
from wardround.flows.ledger.registering import assigned, told
from wardround.flows.promote.mark import Glass, set_mark
from wardround.flows.promote.plan import CARD, image_for, params_at, section_of
from wardround.flows.promote.propose import propose, target_of
from wardround.flows.promote.recording import Deploying, deploy, environment_of
from wardround.flows.promote.trusting import version_problems
from wardround.registry.fold import fold
from wardround.registry.record import StageRecord
from wardround.registry.writing import NewStage, Place, write_stage

if TYPE_CHECKING:
    from wardround.flows.ledger.desk import LedgerDesk
    from wardround.flows.promote.request import ChangeRequest, ChangeResult
    from wardround.forge.protocol import Forge


@dataclass(frozen=True)
class Broken:
    """The tag, whether this run made it, and the pull request that shall review it."""

    tag: str
    made: bool
    review: ChangeResult


def break_glass(
    request: ChangeRequest, place: Place, forge: Forge | None, page: str = "", ledger: LedgerDesk | None = None
) -> Broken:
    """Tags first, then marks, then asks for the review. A second run finds what the first one made.

    The version must be one that counts; nothing else is asked of it. The ledger comes last: a broken one must not keep a stage from being
    set right. Raises :class:`UsageError` without a reason.
    """
    if not request.reason.strip():
        raise UsageError("a break-glass needs a reason", where="--reason", next="say in a sentence why it cannot wait")
    if not request.version:
        request = replace(request, version=target_of(request))
    tip = request.trunk.tip()
    params = params_at(request, tip)
    section = section_of(params, request.stage)
    version = request.state.version(request.version)
    problems = version_problems(request.state, request.version, params.stages.taggers)
    if problems or version is None:
        raise GateRefusal(problems=problems)
    card = request.trunk.read(CARD, version.commit)
    record = StageRecord(
        version=version.version,
        image=image_for(version, section),
        bento=version.record.bento,
        decision=version.record.decision,
        card=sha256_bytes(card) if card is not None else None,
        pull=None,
        commit=tip,
        break_glass=True,
        reason=" ".join(request.reason.split()),
    )
    held = request.state.at(request.stage)
    made = held is None or not held.record.break_glass or held.version != version.version
    if made:
        lines = (f"{request.name} {version.version} goes into {request.stage} at once, without review.", record.reason)
        tag = write_stage(place, request.name, NewStage(request.stage, record, lines)).tag.name
    else:
        assert held is not None
        tag, record = held.tag.name, held.record
    request.progress(f"{tag}: {version.version}, not reviewed")
    if forge is not None:
        set_mark(forge, Glass({tag: record.commit}, (record.commit,)), tip, page)
        environment = environment_of(request.name, request.stage, request.prefix)
        deploy(forge, Deploying(request.name, request.stage, tag, record, environment, page))
    review = propose(replace(request, version=version.version, reviews=tag))
    if ledger is not None and (item := told(fold(place.tags(), request.name).assignments, tag)) is not None:
        assigned(ledger, request.name, item)
    return Broken(tag, made, review)
