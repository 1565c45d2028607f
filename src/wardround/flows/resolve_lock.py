"""A merge conflict in ``dvc.lock`` settled by running what changed: the base's lock, the merged code, and what the stages then make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, UsageError, WardroundError
from wardround.files import write_bytes
from wardround.flows.reproducing import reproduce
from wardround.flows.review.references import remote_of
from wardround.flows.review.request import silent
from wardround.proc import Command, run
from wardround.project.scope import inputs_of, touched
from wardround.revision.dvc import Dvc, Reproduced
from wardround.revision.git import Git
from wardround.revision.lock import parse

if TYPE_CHECKING:
    from wardround.project.layout import Project

LOCK = "dvc.lock"
#: Git's names of the sides of a conflict: stage 2 is what HEAD has, stage 3 what comes in.
_OURS, _THEIRS = "2", "3"
_MARKERS = (b"<<<<<<< ", b">>>>>>> ")


@dataclass(frozen=True)
class Resolved:
    """``side`` says whose lock was taken; ``others`` are files that still conflict, none of which moves this project's model."""

    reproduced: Reproduced
    side: str
    others: tuple[str, ...] = ()


def resolve_lock(project: Project, progress: Callable[[str], None] = silent) -> Resolved:
    """Takes the base's lock, re-runs what the merge changed, and stages the result. Killed at any point, a second run continues.

    Raises :class:`UsageError` when there is no conflict, or when another file of the project conflicts too: the stages need it. A
    stage's failure is raised as its own explained error; the conflict is then still there.
    """
    git = Git(project.root)
    unmerged = _unmerged(git)
    path = git.prefix + LOCK
    own = project.root / LOCK
    marked = own.is_file() and any(mark in own.read_bytes() for mark in _MARKERS)
    if path not in unmerged and not marked:
        raise UsageError(
            "dvc.lock is in no conflict",
            where=path,
            wanted="a merge or rebase that stopped at dvc.lock",
            next="git merge main (or git rebase main); run this when git names dvc.lock as a conflict",
        )
    where = git.prefix.rstrip("/") or "."
    others = tuple(sorted(name for name in unmerged if name != path))
    inputs = {where: inputs_of(git.root, where)}
    first = tuple(name for name in others if touched([name], [where], inputs))
    if first:
        raise UsageError(
            "other files of the project conflict too, and the stages need them",
            where=", ".join(first[:5]) + (f" and {len(first) - 5} more" if len(first) > 5 else ""),
            wanted="dvc.lock as the only conflict",
            next="settle them by hand, git add them, then run this again",
        )
    _ = project.params
    content, side = _base_lock(project, git, path, conflicted=path in unmerged)
    parse(content)
    if content is None:
        own.unlink(missing_ok=True)
    else:
        write_bytes(own, content)
    progress(f"took the lock of {side}; running what changed")
    dvc = Dvc(project.root)
    dvc.check_repository()
    dvc.check_pipeline()
    reproduced = reproduce(project, progress, pull=remote_of(project) is not None)
    _git(git, "add", "--", path)
    return Resolved(reproduced, side, others)


def _unmerged(git: Git) -> dict[str, set[str]]:
    """Paths of the repository in conflict, each with the sides that it has."""
    found: dict[str, set[str]] = {}
    for entry in _git(git, "ls-files", "--unmerged", "--full-name", "-z").split("\0"):
        facts, _, path = entry.partition("\t")
        if path:
            found.setdefault(path, set()).add(facts.rsplit(" ", 1)[-1])
    return found


def _base_lock(project: Project, git: Git, path: str, *, conflicted: bool) -> tuple[bytes | None, str]:
    """The lock of the side that is the base, and its name; None when that side has no lock."""
    base = project.params.review.base
    if not conflicted:  # the markers were committed
        return git.file(git.commit(base), LOCK), base
    side = _side(git, base)
    name = "the commit that is merged in" if side == _THEIRS else "HEAD"
    if side not in _unmerged(git)[path]:
        return None, name
    done = run(Command(["git", "cat-file", "blob", f":{side}:{path}"], cwd=git.root, timeout=60))
    if not done.ok:
        raise EnvironmentFailure("git could not read a side of the conflict", where=path, found=done.err.strip()[-300:])
    return done.out.encode(), name


def _side(git: Git, base: str) -> str:
    """Which side of the conflict is the base: what is merged in, when the base branch holds it; else HEAD.

    In a rebase HEAD is the base's side already.
    """
    incoming = run(Command(["git", "rev-parse", "--verify", "--quiet", "MERGE_HEAD"], cwd=git.root, timeout=60))
    if not incoming.ok:
        return _OURS
    try:
        tip = git.commit(base)
    except WardroundError:
        return _OURS
    names = ["git", "merge-base", "--is-ancestor", incoming.out.strip(), tip]
    return _THEIRS if run(Command(names, cwd=git.root, timeout=60)).ok else _OURS


def _git(git: Git, *args: str) -> str:
    done = run(Command(["git", *args], cwd=git.root, timeout=60))
    if not done.ok:
        raise EnvironmentFailure(
            f"git {args[0]} failed", where=str(git.root), found=done.err.strip()[-400:], next="repair what git says"
        )
    return done.out
