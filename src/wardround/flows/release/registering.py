"""Where versions are registered: on the forge where a token for it is given; else in this clone and, if it has an origin, there first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, GovernanceFinding
from wardround.flows.release.candidate import Candidate
from wardround.proc import Command, Finished, run
from wardround.registry import tags
from wardround.registry.entries import Version
from wardround.registry.fold import State, fold
from wardround.registry.local import LocalTags
from wardround.registry.remote import ForgeTags
from wardround.registry.tags import Tag
from wardround.registry.writing import NewVersion, Place, register
from wardround.revision.git import Git

if TYPE_CHECKING:
    from wardround.flows.ledger.desk import LedgerDesk
    from wardround.forge.protocol import Forge

_TOKENS = ("WARDROUND_TOKEN", "GITHUB_TOKEN", "WARDROUND_APP_ID")


#: Says that a tag of this clone is being pushed: one that is not at origin may then be taken away again.
_PENDING = "refs/wardround/pending/"


@dataclass(frozen=True)
class OriginTags:
    """The tags of the repository that ``top`` was cloned from. A tag counts when it is there."""

    top: Path
    local: LocalTags

    def tags(self) -> tuple[Tag, ...]:
        """The tags of origin, as they are now. :class:`GovernanceFinding` when one was moved there since it was fetched."""
        there = self._there()
        self._tidy(there)
        moved = [tag.name for tag in self.local.tags() if tag.name in there and there[tag.name] != tag.object]
        if moved:
            raise GovernanceFinding(
                "tags at origin are others than here, and tags never move",
                where="git remote origin",
                found=", ".join(moved)[:300],
                next="find out who moved them; if they are right: git fetch --tags --force",
            )
        done = _git(self.top, "fetch", "--quiet", "origin", "refs/tags/*:refs/tags/*")
        if not done.ok:
            raise _no_origin(done)
        return tuple(tag for tag in self.local.tags() if there.get(tag.name) == tag.object)

    def make(self, name: str, target: str, text: str, moment: int) -> bool:
        """Makes the tag here and pushes it; False when origin has one of that name. What could not be pushed is not left here."""
        if name in self._there():
            return False
        _git(self.top, "update-ref", _PENDING + name, target)
        if not self.local.make(name, target, text, moment):
            _git(self.top, "update-ref", "-d", _PENDING + name)
            raise EnvironmentFailure(
                "a tag of this name is in this clone and not at origin",
                where=name,
                next=f"if you made it by hand: git push origin 'refs/tags/{name}', or git tag --delete '{name}'",
            )
        reference = f"refs/tags/{name}"
        pushed = _git(self.top, "push", "--quiet", "origin", f"{reference}:{reference}")
        there = self._there()  # the answer may have been lost, or another's
        own = self._tidy(there)
        if name in own:
            return True
        if name in there:
            return False
        raise EnvironmentFailure(
            "git could not push the tag",
            where=f"origin: {name}",
            found=_last(pushed.err),
            next="make sure that you may push tags there (rulesets), then run the same command again",
        )

    def _tidy(self, there: dict[str, str]) -> set[str]:
        """Ends what a push began, this one or one that was killed; returns the tags that did get there."""
        here = {tag.name: tag.object for tag in self.local.tags()}
        pushed = set()
        for line in _git(self.top, "for-each-ref", "--format=%(refname)", _PENDING).out.splitlines():
            name = line.removeprefix(_PENDING)
            if name in here and there.get(name) == here[name]:
                pushed.add(name)
            elif name in here:
                _git(self.top, "update-ref", "-d", f"refs/tags/{name}")
            _git(self.top, "update-ref", "-d", line)
        return pushed

    def now(self) -> int:
        """The time, in seconds since 1970."""
        return self.local.now()

    def wait(self, seconds: float) -> None:
        """Lets time pass."""
        self.local.wait(seconds)

    def _there(self) -> dict[str, str]:
        """Name -> object of each tag that origin has."""
        done = _git(self.top, "ls-remote", "--quiet", "--tags", "--refs", "origin")
        if not done.ok:
            raise _no_origin(done)
        lines = (line.split("\t", 1) for line in done.out.splitlines() if "\t" in line)
        return {name.removeprefix("refs/tags/"): made for made, name in lines}


def place(top: Path, name: str, env: Mapping[str, str]) -> Place:
    """Where the versions of the project ``name`` are registered; ``top`` is the top of its repository."""
    if (there := forge(env)) is not None:
        return ForgeTags(there, name, tags.read(top))
    local = LocalTags(top)
    return OriginTags(top, local) if has_origin(top) else local


def ledger(top: Path, env: Mapping[str, str]) -> LedgerDesk:
    """Where the release is recorded: beside its tags."""
    from wardround.flows.ledger.desk import desk

    return desk(Git(top), forge(env))


def forge(env: Mapping[str, str]) -> Forge | None:
    """The forge, where a token for it is given."""
    if not env.get("GITHUB_REPOSITORY") or not any(env.get(token) for token in _TOKENS):
        return None
    from wardround.forge import connect, from_environment

    return connect(from_environment(env))


def has_origin(top: Path) -> bool:
    """Whether the clone came from somewhere."""
    return _git(top, "remote", "get-url", "origin").ok


def state(at: Place, name: str) -> State:
    """What the tags say now."""
    return fold(at.tags(), name)


def make(at: Place, candidate: Candidate, lines: tuple[str, ...] = ()) -> Version:
    """Makes the version's tag, or finds it; errors as in :func:`wardround.registry.writing.register`. ``lines`` come after its own."""
    new = NewVersion(candidate.version, candidate.record, (*candidate.lines, *lines))
    return register(at, candidate.project, new)


def _no_origin(done: Finished) -> EnvironmentFailure:
    return EnvironmentFailure(
        "origin does not answer",
        where="git remote origin",
        found=_last(done.err),
        next="check the network and your credentials, then run the same command again",
    )


def _git(top: Path, *args: str) -> Finished:
    return run(Command(["git", *args], cwd=top, env={"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}, timeout=600))


def _last(text: str) -> str:
    return " | ".join(line.strip() for line in text.splitlines()[-3:])[-300:]
