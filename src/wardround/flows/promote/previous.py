"""To which version a rollback goes: what the tags say ran well before. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.errors import UsageError
from wardround.flows.promote.trusting import version_problems

if TYPE_CHECKING:
    from wardround.registry.fold import State


def previous_good(state: State, stage: str, named: str | None) -> str:
    """The version to go back to. ``named`` is what the default branch names now, None if nothing.

    Where it names another than the stage's tags do (a change whose completion was refused, or a break-glass), it is the tags'. Otherwise the
    one before, leaving out what was rolled back already and what no longer counts. :class:`UsageError` when there is none.
    """
    current = state.at(stage)
    if current is None:
        raise UsageError(
            "there is nothing to roll back",
            where=f"stage {stage}",
            found="no version is in this stage",
            next="see `wardround registry`, or name a version: --to vX.Y.Z",
        )
    if named is not None and named != current.version:
        return current.version
    for version in reversed(_ran(state, stage)[:-1]):
        if version != current.version and not version_problems(state, version):
            return version
    raise UsageError(
        f"no other version ran in {stage} before {current.version}",
        where=f"stage {stage}",
        next="name the version to go to: --to vX.Y.Z",
    )


def _ran(state: State, stage: str) -> list[str]:
    """The versions of the stage in the order in which they came, without those that a later rollback left behind."""
    stack: list[str] = []
    for item in state.assignments:
        if item.stage != stage:
            continue
        if item.version in stack:
            del stack[stack.index(item.version) + 1 :]
        else:
            stack.append(item.version)
    return stack
