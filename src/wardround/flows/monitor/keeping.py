"""Where the history of looks is kept: the branch ``wardround/history`` of the clone, of its origin, or on the forge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from wardround.flows.records import CloneBranch, ForgeBranch, RecordBranch, Records, has_origin
from wardround.monitoring.history import BRANCH, DIRECTORY
from wardround.revision.branch import files_at, names_at, tip_of

if TYPE_CHECKING:
    from wardround.revision.git import Git

HISTORY = Records(BRANCH, DIRECTORY, "history")
_TOKENS = ("WARDROUND_TOKEN", "GITHUB_TOKEN", "WARDROUND_APP_ID")


def keeping(git: Git, env: Mapping[str, str]) -> RecordBranch:
    """The forge where a token for it is given; else origin where the clone has one; else this clone alone."""
    if env.get("GITHUB_REPOSITORY") and any(env.get(token) for token in _TOKENS):
        from wardround.forge import connect, from_environment

        return ForgeBranch(HISTORY, git, connect(from_environment(env)))
    return CloneBranch(HISTORY, git, has_origin(git))


def known(git: Git) -> dict[str, bytes]:
    """The history as far as this clone has it, without asking anybody."""
    tip = tip_of(git, BRANCH)
    return files_at(git, tip, DIRECTORY) if tip else {}


def last_known(git: Git, project: str, stage: str) -> dict[str, bytes]:
    """The files of the newest day of a project's stage, as far as this clone has them; the others are not read."""
    tip = tip_of(git, BRANCH)
    if tip is None:
        return {}
    start = f"{DIRECTORY}/{project}/{stage}/"
    names = names_at(git, tip, start)
    newest = [name for name in names if name.removeprefix(start)[:10] == names[-1].removeprefix(start)[:10]]
    return files_at(git, tip, *newest) if newest else {}
