"""Versions of a project as its tags say, and the making of one: on the forge where there is one, here otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.flows.release.candidate import Candidate
from wardround.proc import Command, run
from wardround.registry.fold import State, state_of


def state(root: Path, name: str, env: Mapping[str, str]) -> State:
    """The state of a project by the tags of this clone."""
    del env
    return state_of(root, name)


def register(root: Path, candidate: Candidate, env: Mapping[str, str]) -> None:
    """Makes the version's tag. Nothing happens when it is there already and says the same."""
    del env
    args = ["git", "tag", "-a", "--cleanup=verbatim", "-F", "-", candidate.tag, candidate.record.commit]
    done = run(Command(args, cwd=root, stdin=candidate.message + "\n"))
    if not done.ok:
        raise EnvironmentFailure("git could not make the tag", where=candidate.tag, found=done.err.strip()[-300:])
