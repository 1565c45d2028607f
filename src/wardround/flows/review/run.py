"""One review from beginning to end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wardround.errors import EnvironmentFailure, WardroundError
from wardround.evidence.base import Evidence, Read, read
from wardround.files import sha256_bytes, sha256_file, write_json
from wardround.flows.review import references, reporting
from wardround.flows.review.evidence import TreeState
from wardround.flows.review.request import ReviewRequest, ReviewResult
from wardround.flows.stage import durations, last_failure, scratch
from wardround.revision.digest import subject_digest
from wardround.revision.dvc import Dvc, Reproduced, StageFailedError
from wardround.revision.git import Git
from wardround.revision.lock import Lock, parse
from wardround.values import Role

if TYPE_CHECKING:
    from wardround.evidence.comparison import Comparison
    from wardround.evidence.decision import Decision
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
    with _only_one(request):
        remote = _remote(request, dvc)
        refs = references.resolve(request, git, remote)
        state = TreeState(draft=bool(git.uncommitted()), locked=git.file("HEAD", "dvc.lock") is not None)
        request.progress("reproducing what changed")
        with clock.step("reproduce"):
            reproduced = _reproduce(request, dvc, pull=remote is not None and request.pull is not False)
        lock = parse((project.root / "dvc.lock").read_bytes() if (project.root / "dvc.lock").exists() else None)
        judging = _judging_params(request, refs)
        with clock.step("compare"):
            comparison = _compare(request, git, refs, lock, judging)
        with clock.step("judge"):
            checks = _Checks(request, git, refs, lock, reproduced, state, remote, judging)
            decision, read_evidence = _judge(checks, comparison)
        with clock.step("report"):
            material = reporting.Material(
                request, git, refs, lock, reproduced, comparison, decision, read_evidence, durations(project), judging
            )
            written = reporting.write(material)
        write_json(scratch(project) / "run.json", {"seconds": clock.seconds, "stages": durations(project)})
        return ReviewResult(comparison, decision, written.html, written.markdown, written.summary, clock.seconds)


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
        yield
    finally:
        held.release()


def _remote(request: ReviewRequest, dvc: Dvc) -> str | None:
    """The name of the remote that params name, if DVC knows it."""
    wanted = request.project.params.review.remote
    known = {line.split()[0] for line in dvc.remotes().splitlines() if line.strip()}
    return wanted if wanted in known else None


def _reproduce(request: ReviewRequest, dvc: Dvc, *, pull: bool) -> Reproduced:
    try:
        return dvc.reproduce(pull=pull, on_line=request.progress)
    except StageFailedError as error:
        explained = last_failure(request.project, error.stage)
        if explained is None:
            raise
        raise explained from error


def _judging_params(request: ReviewRequest, refs: tuple[Reference, ...]) -> Params:
    """The base's params judge; where the base has none that can be read, it is no base and the head's own stand in."""
    base = next(reference for reference in refs if reference.role is Role.BASE)
    return base.params or request.project.params


def _compare(
    request: ReviewRequest, git: Git, refs: tuple[Reference, ...], lock: Lock, judging: Params
) -> Comparison:
    from wardround.flows.review import comparing

    head = comparing.Head(request.project, git.commit("HEAD"), lock, judging)
    comparison = comparing.compare_all(head, refs, request.progress)
    comparison.write(request.project.layout.evidence("comparison"))
    return comparison


@dataclass(frozen=True)
class _Checks:
    request: ReviewRequest
    git: Git
    refs: tuple[Reference, ...]
    lock: Lock
    reproduced: Reproduced
    state: TreeState
    remote: str | None
    judging: Params


def _judge(checks: _Checks, comparison: Comparison) -> tuple[Decision, dict[str, Any]]:
    from wardround.evidence.profile import Profile
    from wardround.flows.review import comparing, evidence
    from wardround.gate import JudgeRequest, judge

    project = checks.request.project
    base = next(reference for reference in checks.refs if reference.role is Role.BASE)
    anchor = next((reference for reference in checks.refs if reference.role is Role.ANCHOR), None)
    found: dict[str, Any] = {**evidence.read_run(project)}
    found["base_profile"] = _base_profile(base, found["profile"], checks.lock, Profile)
    found["comparison"] = _as_read(comparison, project.layout.evidence("comparison"))
    lock_check = evidence.check_lock(
        project, checks.lock, checks.reproduced, state=checks.state, remote=checks.remote
    )
    found["lock"] = Read(lock_check, sha256_bytes(repr(lock_check).encode()), "")
    decision = judge(
        JudgeRequest(
            project=project.params.project.name,
            base_params=checks.judging,
            head_params=project.params,
            head_commit=comparison.head_commit,
            base_commit=base.commit,
            anchor_commit=anchor.commit if anchor else "",
            subject_digest=subject_digest(project.root, checks.git.tracked()),
            judged_by=base.commit,
            baseline=comparison.baseline,
            own_test_set_needed=not base.first and comparing.own_test_set_needed(checks.lock, base.lock),
            stale=evidence.stale(project, checks.lock),
            **found,
        )
    )
    decision.write(project.layout.evidence("decision"))
    return decision, found


def _base_profile(base: Reference, own: Read[Any], lock: Lock, model: type[Evidence]) -> Read[Any]:
    path = "reports/profile.json"
    if base.first:
        return Read.failed("the base has no data yet")
    if lock.digest(path) == base.lock.digest(path):
        return own
    try:
        base.program.fetch(path)
    except references.NOT_COMPARABLE as error:
        return Read.failed(error.problems[0].what if isinstance(error, WardroundError) else "it could not be fetched")
    return read(model, base.program.root / path)


def _as_read(evidence: Evidence, path: Any) -> Read[Any]:
    return Read(evidence, sha256_file(path), "")
