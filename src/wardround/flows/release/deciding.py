"""Whether a commit needs a version, which one, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.errors import UsageError
from wardround.flows.release import changed
from wardround.registry.bump import Level
from wardround.registry.writing import next_version
from wardround.release.digests import digests
from wardround.revision.git import Git
from wardround.revision.lock import parse

if TYPE_CHECKING:
    from wardround.flows.release.trusted import Clone
    from wardround.registry.entries import Version
    from wardround.registry.fold import State
    from wardround.release.digests import Digests

_MODEL = "models/model"


@dataclass(frozen=True)
class Decided:
    """The version to be, and what differs from the latest one, for people."""

    version: str
    why: tuple[str, ...]


def needless(clone: Clone, latest: Version | None) -> str | None:
    """Why no version is needed; None when one is. The empty text: all four digests are the latest version's."""
    if latest is None:
        return None
    known = _known(clone, latest)
    if known is not None and known.same_as(latest.record):
        return ""
    if _is_older(clone, latest):
        return f"{latest.tag.name} is of a later commit than {clone.commit[:10]}"
    return None


def check(clone: Clone, state: State) -> None:
    """Raises :class:`UsageError` when the commit has no service, or is a version already: GTO cannot read two of one commit."""
    _needs_service(clone)
    if (there := state.of_commit(clone.commit)) is None:
        return
    known = _known(clone, there)
    differing = ("model",) if known is None else known.differing(there.record)
    raise UsageError(
        f"this commit is {there.version} already, and a release of it would be another",
        where=there.tag.name,
        wanted="a commit of its own for each version",
        found="differs: " + ", ".join(differing or ("it was withdrawn",)),
        next="merge what changed (an upgrade of the framework, a lock), then release that commit",
    )


def decide(clone: Clone, state: State, made: Digests | None) -> Decided:
    """The version to be. ``made`` are the commit's digests; None before its model is there: then the lock says whether that differs."""
    latest = state.latest
    if latest is None:
        return Decided(next_version(state, Level.PATCH), ("the first version",))
    known = _known(clone, latest)
    found = made or known or digests(clone.project, clone.tree, "")
    change = changed.changed(Git(clone.project.root), latest, clone.commit, found)
    return Decided(next_version(state, change.level), changed.words(change, found.differing(latest.record)))


def _known(clone: Clone, latest: Version) -> Digests | None:
    """The commit's digests, without its model, where the lock says that it is that version's; None where it is another."""
    before = parse(Git(clone.project.root).file(latest.commit, "dvc.lock")).digest(_MODEL)
    if not before or clone.lock.digest(_MODEL) != before:
        return None
    _needs_service(clone)
    return digests(clone.project, clone.tree, latest.record.model)


def _is_older(clone: Clone, latest: Version) -> bool:
    """Whether a later commit is released already: then a version of this one would bring an older model back."""
    git = Git(clone.project.root)
    return latest.commit != clone.commit and git.merge_base(clone.commit, git.commit(latest.commit)) == clone.commit


def _needs_service(clone: Clone) -> None:
    if not (clone.project.root / "pipelines" / "service.py").is_file():
        raise UsageError(
            "the project has no service",
            where="pipelines/service.py",
            wanted="the service that a release is built from",
            next="copy the one that `wardround init` writes, and commit it by a pull request",
        )
