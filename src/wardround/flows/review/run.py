"""One review from beginning to end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure
from wardround.flows import looks
from wardround.flows.judging import Bench, behind, tree_state
from wardround.flows.reproducing import reproduce
from wardround.flows.review import references
from wardround.flows.review.request import ReviewRequest, ReviewResult
from wardround.flows.stage import durations, scratch, sweep_made
from wardround.revision.dvc import Dvc
from wardround.revision.git import Git
from wardround.revision.lock import Lock, parse
from wardround.values import Role

if TYPE_CHECKING:
    from wardround.evidence.comparison import Comparison
    from wardround.flows.review.references import Reference
    from wardround.project.params import Params


@dataclass
class Clock:
    """Seconds by step. Volatile: shown in the report's lineage and kept in ``run.json``, in no evidence."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Times one step."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(time.monotonic() - started, 3)


def review(request: ReviewRequest) -> ReviewResult:
    """Reproduces what changed, compares with base and anchor, judges by the base's rules, writes evidence and report.

    Raises a :class:`WardroundError` when it could not check; a verdict, good or bad, is a result. Killed at any point, the next
    run continues: stages that finished are in the cache, and every file is written in one step.
    """
    project, clock = request.project, Clock()
    _ = project.params
    git = Git(project.root)
    dvc = Dvc(project.root)
    dvc.check_repository()
    dvc.check_pipeline()
    with _only_one(request):
        remote = references.remote_of(project)
        refs = references.resolve(request, git, remote)
        _lock(request)  # a broken one is explained before DVC meets it
        state = tree_state(git, refs)
        request.progress("reproducing what changed")
        with clock.step("reproduce"):
            pull = remote is not None and request.pull is not False
            reproduced = reproduce(project, request.progress, pull=pull)
        lock = _lock(request)
        base = next(reference for reference in refs if reference.role is Role.BASE)
        judging = base.params or project.params
        # Numerical libraries take seconds to load; a pipeline that fails should say so before.
        with clock.step("load"):
            from wardround.flows.review import reporting
            from wardround.flows.review.evidence import check_lock
            from wardround.flows.review.judge_code import judge_change
        with clock.step("compare"):
            comparison = _compare(request, git, refs, lock, judging)
        with clock.step("judge"):
            stale = behind(git, lock)
            checked = check_lock(project, lock, stale, state=state, remote=remote, quarantine=request.quarantine)
            decision, evidence = judge_change(Bench(project, git, refs, lock, checked))
        seen = looks.count(scratch(project), git, lock, *(reference.commit for reference in refs))
        with clock.step("report"):
            written = reporting.write(
                reporting.Material(
                    request,
                    git,
                    refs,
                    lock,
                    reproduced,
                    comparison,
                    decision,
                    evidence,
                    durations(project),
                    judging,
                    seen,
                )
            )
        looks.keep(scratch(project), {"seconds": clock.seconds, "stages": durations(project)})
        return ReviewResult(
            comparison,
            decision,
            written.published,
            written.html,
            written.markdown,
            written.summary,
            clock.seconds,
            seen,
            written.context,
        )


@contextlib.contextmanager
def _only_one(request: ReviewRequest) -> Iterator[None]:
    """Two reviews of one work tree at once would write the same files."""
    from filelock import FileLock, Timeout

    path = scratch(request.project) / "review.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    held = FileLock(path)
    try:
        held.acquire(timeout=0)
    except Timeout as error:
        raise EnvironmentFailure(
            "another review of this project is running",
            where=str(request.project.root),
            next="wait until it is done, or end it",
        ) from error
    try:
        sweep_made(request.project)
        yield
    finally:
        sweep_made(request.project)  # also what a stage that was killed a moment ago left
        held.release()


def _lock(request: ReviewRequest) -> Lock:
    path = request.project.root / "dvc.lock"
    return parse(path.read_bytes() if path.exists() else None)


def _compare(request: ReviewRequest, git: Git, refs: tuple[Reference, ...], lock: Lock, judging: Params) -> Comparison:
    from wardround.flows.review import comparing

    head = comparing.Head(request.project, git.commit("HEAD"), lock, judging)
    comparison = comparing.compare_all(head, refs, request.progress)
    # Before anything of it can be read.
    locks = {reference.role.value: reference.lock for reference in refs}
    looks.record(scratch(request.project), looks.made(comparison, lock, locks))
    comparison.write(request.project.layout.evidence("comparison"))
    return comparison
