"""The change that a withdrawal asks for: the tombstone comes in, and the lock forgets what was erased, so that the pipeline makes it anew."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

from wardround.flows.promote.trunk import Proposal, Proposed
from wardround.revision.lock_form import written

if TYPE_CHECKING:
    from wardround.flows.forget.request import ForgetRequest
    from wardround.flows.forget.tombstone import Tombstone
    from wardround.revision.git import Git

LABEL = "retrain:withdrawal"


def propose(request: ForgetRequest, stone: Tombstone) -> Proposed:
    """One branch ``wardround/withdrawal-…``, with its pull request where there is a forge. The same withdrawal again changes nothing."""
    from wardround.flows.promote.desk import Desk

    desk = Desk(request.project, request.forge, request.remote, request.progress)
    trunk = desk.trunk()
    tip = trunk.tip()
    files: dict[str, bytes | None] = {stone.path: stone.model_copy(update={"done": True}).content}
    lock = trunk.read("dvc.lock", tip)
    if lock is not None and (left := without(lock, frozenset((*stone.snapshots, *stone.objects)))) != lock:
        files["dvc.lock"] = left
    name = request.project.params.project.name
    return trunk.propose(
        Proposal(
            f"wardround/withdrawal-{name}-{stone.name}",
            files,
            f"Withdrawal: {name} without subjects who withdrew",
            _body(stone),
            (LABEL,),
        ),
        tip,
    )


def record(request: ForgetRequest, git: Git, stone: Tombstone) -> None:
    """The ledger's entry: which snapshots and versions, why and by whom; never who."""
    from wardround.flows.ledger.desk import desk
    from wardround.flows.ledger.registering import withdrawn

    facts = {"snapshots": stone.snapshots[:100], "versions": stone.versions[:100]}
    withdrawn(
        desk(git, request.forge),
        request.project.params.project.name,
        f"withdrawal/{stone.name}",
        request.by or "unknown",
        " ".join(stone.reason.split())[:500],
        **{key: value for key, value in facts.items() if value},
    )


def without(lock: bytes, erased: frozenset[str]) -> bytes:
    """``dvc.lock`` without the stages that made, or were made from, what was erased: DVC runs them again."""
    from ruamel.yaml import YAML

    raw: dict[str, Any] = YAML(typ="safe", pure=True).load(StringIO(lock.decode()))
    stages: dict[str, Any] = raw.get("stages") or {}
    gone = {name for name, stage in stages.items() if any(out.get("md5") in erased for out in stage.get("outs", []))}
    if not gone:
        return lock
    made = {out["path"] for name in gone for out in stages[name].get("outs", [])}
    while more := {
        name
        for name, stage in stages.items()
        if name not in gone and any(dep["path"] in made for dep in stage.get("deps", []))
    }:
        gone |= more
        made |= {out["path"] for name in more for out in stages[name].get("outs", [])}
    raw["stages"] = {name: stage for name, stage in stages.items() if name not in gone}
    return written(raw)


def _body(stone: Tombstone) -> str:
    versions = ", ".join(f"`{name}`" for name in stone.versions) or "none"
    current = (
        "The data of the default branch is among it. Merging this makes the pipeline run again from the source, which must not hold the subjects any more: "
        "the review of this change is the retraining."
        if stone.current
        else "The data of the default branch is not among it. This change only brings the record."
    )
    return (
        f"Subjects were withdrawn ({stone.reason}). Their rows were erased from the cache, the storage and its versions; "
        f"`{stone.path}` names what is gone, and nobody.\n\n{current}\n\n"
        f"Versions that were trained on it: {versions}. Promote a version that was trained without it, and roll stages off those.\n"
    )
