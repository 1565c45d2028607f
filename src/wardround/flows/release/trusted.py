"""Main's own run: the pipeline and the comparison again, from the commit alone, without any cache that a pull request can write.

DESIGN §8, *Release trusts main alone*. Everything happens in a fresh clone whose DVC cache is empty, so that every stage runs; what
comes from the remote is the commit's by its hash.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, GateRefusal, Problem, UsageError
from wardround.flows.stage import scratch
from wardround.project.layout import Project
from wardround.revision import fresh
from wardround.revision.dvc import Dvc
from wardround.revision.git import Git
from wardround.revision.lock import Lock, missing_objects, parse
from wardround.values import Verdict

if TYPE_CHECKING:
    from wardround.evidence.decision import Decision
    from wardround.registry.entries import Version


@dataclass(frozen=True)
class Clone:
    """The commit in a directory of its own. ``tree`` is its top, ``project`` lies in it; ``remote`` is the main store, if any."""

    tree: Path
    project: Project
    commit: str
    remote: str | None

    @property
    def lock(self) -> Lock:
        """What the commit's ``dvc.lock`` records."""
        return parse(Git(self.project.root).file(self.commit, "dvc.lock"))


@contextlib.contextmanager
def only_one(project: Project) -> Iterator[Path]:
    """A directory for this release alone; another one of the same checkout must wait. It is empty, and gone afterwards."""
    from filelock import FileLock, Timeout

    place = scratch(project) / "release"
    place.parent.mkdir(parents=True, exist_ok=True)
    held = FileLock(place.with_suffix(".lock"))
    try:
        held.acquire(timeout=0)
    except Timeout as error:
        raise EnvironmentFailure(
            "another release of this project is running here", where=str(project.root), next="wait until it is done"
        ) from error
    try:
        shutil.rmtree(place, ignore_errors=True)  # of a release that was killed
        place.mkdir()
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        held.release()


def clone(project: Project, place: Path) -> Clone:
    """HEAD of the project in ``place``. Raises :class:`UsageError` when HEAD is not on the branch that releases come from."""
    from wardround.flows.review.references import remote_of

    git = Git(project.root)
    commit = git.commit("HEAD")
    base = project.params.review.base
    if git.merge_base(commit, git.commit(base)) != commit and not _on_main(git, commit, base):
        raise UsageError(
            "only what is merged becomes a version",
            where=str(git.root),
            wanted=f"a commit of {base}",
            found=f"{commit[:10]}, on {git.branch}",
            next=f"git switch {base}, or merge the change first",
        )
    Dvc(project.root).check_repository()
    dvc_root = next(item for item in (project.root, *project.root.parents) if (item / ".dvc").is_dir()).resolve()
    tree = place / "tree"
    fresh.clone(git.root, dvc_root, commit, tree)
    own = Project(tree / git.prefix)
    return Clone(tree, own, commit, remote_of(own))


def _on_main(git: Git, commit: str, base: str) -> bool:
    """Whether the remote's branch of that name holds the commit: the local one may be behind."""
    try:
        return git.merge_base(commit, git.commit(f"origin/{base}")) == commit
    except UsageError:
        return False


def run(clone: Clone, latest: Version | None, progress: Callable[[str], None]) -> Decision:
    """Runs the pipeline and the comparison with the latest version and the anchor; returns the decision.

    Raises :class:`GateRefusal` unless it is a *pass* (for the first version: a passing baseline) of a lock that says what the stages
    make. The results, which the lock names, are in the main store afterwards.
    """
    from wardround.flows.reproducing import reproduce
    from wardround.flows.review.request import ReviewRequest
    from wardround.flows.review.run import review

    project = clone.project
    git, lock = Git(project.root), clone.lock
    if not lock.digest("models/model"):
        raise UsageError(
            "this commit has no model", where="dvc.lock", wanted="a dvc.lock with models/model", next="wardround review"
        )
    if clone.remote is None:
        raise UsageError(
            "a release needs a storage, and none is set",
            where=".dvc/config",
            wanted=f"the remote {project.params.review.remote!r}: params.yaml names it in review.remote",
            next=f"dvc remote add {project.params.review.remote} URL && dvc push",
        )
    fresh.fetch_inputs(project.root, git.tracked())
    progress("running the pipeline from the commit alone")
    reproduce(project, progress, pull=False)
    made = parse((project.root / "dvc.lock").read_bytes())
    if stale := made.differing(lock):
        raise GateRefusal(
            f"dvc.lock is not what the stages make here: {', '.join(stale)}",
            where="dvc.lock",
            wanted="the same bytes from the same commit, on the same type of machine",
            next="review the commit on the machine that releases, and merge its dvc.lock",
        )
    _keep(clone, lock, progress)
    base = latest.commit if latest else fresh.nothing(clone.tree)
    result = review(ReviewRequest(project, base=base, pull=False, progress=progress))
    _accept(result.decision, latest)
    return result.decision


def _keep(clone: Clone, lock: Lock, progress: Callable[[str], None]) -> None:
    assert clone.remote is not None
    if missing := missing_objects(clone.project.root, lock, clone.remote):
        progress(f"pushing {', '.join(missing)} to {clone.remote}")
        Dvc(clone.project.root).require("push", "--remote", clone.remote, *missing, doing=f"push to {clone.remote}")


def _accept(decision: Decision, latest: Version | None) -> None:
    first = latest is None
    if decision.verdict is Verdict.PASS and (decision.outcome == "baseline") == first:
        return
    blocking = [item for item in decision.findings if item.verdict.blocks]
    raise GateRefusal(
        "main's own run does not pass",
        where="compared with nothing" if latest is None else f"compared with {latest.version}",
        wanted="pass" + (", as a baseline" if first else ""),
        found=f"{decision.verdict.value}, {decision.outcome}",
        next="look at it with `wardround review --base " + ("COMMIT`" if latest is None else f"{latest.tag.name}`"),
        problems=[Problem(item.summary, where=item.rule, next=item.advice) for item in blocking],
    )
