"""Where versions are registered: on the forge where a token for it is given; else in this clone and, if it has an origin, there first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.flows.release.candidate import Candidate
from wardround.proc import Command, Finished, run
from wardround.registry import tags
from wardround.registry.entries import Version
from wardround.registry.fold import State, fold
from wardround.registry.local import LocalTags
from wardround.registry.remote import ForgeTags
from wardround.registry.tags import Tag
from wardround.registry.writing import NewVersion, Place, register

_TOKENS = ("WARDROUND_TOKEN", "GITHUB_TOKEN", "WARDROUND_APP_ID")


@dataclass(frozen=True)
class OriginTags:
    """The tags of the repository that ``top`` was cloned from. A tag counts when it is there; one that is only here is a killed run's."""

    top: Path
    local: LocalTags

    def tags(self) -> tuple[Tag, ...]:
        """The tags of origin, as they are now."""
        fetch(self.top)
        there = self._there()
        return tuple(tag for tag in self.local.tags() if there.get(tag.name) == tag.object)

    def make(self, name: str, target: str, text: str, moment: int) -> bool:
        """Makes the tag here and pushes it; False when origin has one of that name. What could not be pushed is not left here."""
        if name in self._there():
            return False
        self._forget(name)  # of a run that was killed before it pushed
        if not self.local.make(name, target, text, moment):
            return False
        reference = f"refs/tags/{name}"
        pushed = _git(self.top, "push", "--quiet", "origin", f"{reference}:{reference}")
        if pushed.ok:
            return True
        own = {tag.name: tag.object for tag in self.local.tags()}[name]
        there = self._there()  # the answer may have been lost
        if there.get(name) == own:
            return True
        self._forget(name)
        if name in there:
            return False
        raise EnvironmentFailure(
            "git could not push the tag",
            where=f"origin: {name}",
            found=_last(pushed.err),
            next="make sure that you may push tags there (rulesets), then run the same command again",
        )

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

    def _forget(self, name: str) -> None:
        _git(self.top, "update-ref", "-d", f"refs/tags/{name}")


def place(top: Path, name: str, env: Mapping[str, str]) -> Place:
    """Where the versions of the project ``name`` are registered; ``top`` is the top of its repository."""
    if env.get("GITHUB_REPOSITORY") and any(env.get(token) for token in _TOKENS):
        from wardround.forge import connect, from_environment

        return ForgeTags(connect(from_environment(env)), name, tags.read(top))
    local = LocalTags(top)
    return OriginTags(top, local) if has_origin(top) else local


def has_origin(top: Path) -> bool:
    """Whether the clone came from somewhere."""
    return _git(top, "remote", "get-url", "origin").ok


def fetch(top: Path) -> None:
    """Brings the tags of origin here; nothing that is here is overwritten. :class:`EnvironmentFailure` when a tag was moved there."""
    done = _git(top, "fetch", "--quiet", "origin", "refs/tags/*:refs/tags/*")
    if done.ok:
        return
    if "clobber" in done.err or "rejected" in done.err:
        # one that is only here, or was moved there; what origin has counts
        return
    raise _no_origin(done)


def state(at: Place, name: str) -> State:
    """What the tags say now."""
    return fold(at.tags(), name)


def make(at: Place, candidate: Candidate) -> Version:
    """Makes the version's tag, or finds it; errors as in :func:`wardround.registry.writing.register`."""
    return register(at, candidate.project, NewVersion(candidate.version, candidate.record, candidate.lines))


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
