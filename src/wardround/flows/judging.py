"""Judging the evidence that lies in ``reports/``: no stage runs here, nothing is scored."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wardround.errors import EnvironmentFailure, WardroundError
from wardround.evidence.base import Evidence, Read, read
from wardround.files import sha256_json
from wardround.values import Role

if TYPE_CHECKING:
    from wardround.evidence.decision import Decision
    from wardround.evidence.lock import LockCheck, TreeState
    from wardround.flows.review.references import Reference
    from wardround.project.layout import Project
    from wardround.project.params import Params
    from wardround.revision.dvc import Dvc
    from wardround.revision.git import Git
    from wardround.revision.lock import Lock


@dataclass(frozen=True)
class Bench:
    """What a judgement needs beside the evidence in ``reports/``: the project, its references, its lock and the lock's check."""

    project: Project
    git: Git
    references: tuple[Reference, ...]
    lock: Lock
    lock_check: LockCheck

    @property
    def base(self) -> Reference:
        """The revision that judges."""
        return next(reference for reference in self.references if reference.role is Role.BASE)

    @property
    def params(self) -> Params:
        """The base's params; where the base has none that can be read, it is no base and the head's own stand in."""
        return self.base.params or self.project.params


def tree_state(git: Git, references: tuple[Reference, ...]) -> TreeState:
    """Whether the work tree is a draft, whether HEAD holds a lock, and whether it is what ``init`` leaves."""
    from wardround.evidence.lock import TreeState

    head, locked = git.commit("HEAD"), git.file("HEAD", "dvc.lock") is not None
    base = next(reference for reference in references if reference.role is Role.BASE)
    first = not locked and base.commit == head and all(reference.first for reference in references)
    return TreeState(
        draft=bool(set(git.uncommitted()) - {"dvc.lock"}), locked=locked, first=first and git.only_here(head)
    )


def behind(git: Git, lock: Lock) -> tuple[str, ...]:
    """Stages that HEAD's ``dvc.lock`` records otherwise than ``lock`` does."""
    from wardround.errors import UsageError
    from wardround.revision.lock import parse

    try:
        committed = parse(git.file("HEAD", "dvc.lock"))
    except UsageError:  # a merge conflict was committed; none of it counts
        committed = parse(None)
    return lock.differing(committed)


def judge_evidence(bench: Bench) -> tuple[Decision, dict[str, Any]]:
    """Judges the evidence that lies in ``reports/`` by the base's rules; also gives the readings that it rests on."""
    from wardround.evidence.comparison import Comparison
    from wardround.evidence.profile import Profile
    from wardround.flows import change_plan, phi_check
    from wardround.flows.card import checked
    from wardround.flows.review import comparing, evidence
    from wardround.gate import JudgeRequest, judge
    from wardround.revision.digest import subject_digest

    project, base = bench.project, bench.base
    anchor = next((reference for reference in bench.references if reference.role is Role.ANCHOR), None)
    found: dict[str, Any] = {**evidence.read_run(project)}
    found["base_profile"] = profile_of(base, found["profile"], bench.lock, Profile)
    found["comparison"] = read(Comparison, project.layout.evidence("comparison"))
    found["lock"] = Read(bench.lock_check, sha256_json(bench.lock_check.plain()), "")
    found["card"] = checked.reading(bench, found["metrics"].value)
    found["phi"] = phi_check.reading(bench.git, base.commit, first=base.first)
    decision = judge(
        JudgeRequest(
            project=project.params.project.name,
            base_params=bench.params,
            head_params=project.params,
            head_commit=bench.git.commit("HEAD"),
            base_commit=base.commit,
            anchor_commit=anchor.commit if anchor else "",
            subject_digest=subject_digest(project.root, bench.git.tracked()),
            judged_by=base.commit,
            judge_changes=judging_code(bench),
            baseline=all(reference.first for reference in bench.references),
            own_test_set_needed=not base.first and comparing.own_test_set_needed(bench.lock, base.lock),
            stale=evidence.stale(project, bench.lock),
            **change_plan.facts(bench),
            **found,
        )
    )
    return decision, found


def judging_code(bench: Bench) -> tuple[str, ...]:
    """Which of the code that judges this change edits: the framework in the repository, or the lock that names its version."""
    changed = [change.path for change in bench.git.changes(bench.base.commit)]
    found = []
    if any(path.startswith("src/wardround/") for path in changed):
        found.append("src/wardround")
    if "requirements.lock" in changed:
        found.append("requirements.lock")
    return tuple(found)


def judge_present(project: Project, base: str | None = None, anchor: str | None = None) -> Decision:
    """Judges what lies in ``reports/`` without running a stage or writing anything.

    Raises a WardroundError when a revision is not there, or DVC or the remote does not answer.
    """
    from wardround.flows.review import references
    from wardround.flows.review.request import ReviewRequest
    from wardround.revision.dvc import Dvc
    from wardround.revision.git import Git
    from wardround.revision.lock import parse

    git, dvc = Git(project.root), Dvc(project.root)
    dvc.check_repository()
    remote = references.remote_of(project)
    refs = references.resolve(ReviewRequest(project, base, anchor), git, remote)
    lock_file = project.root / "dvc.lock"
    lock = parse(lock_file.read_bytes() if lock_file.exists() else None)
    return judge_evidence(Bench(project, git, refs, lock, check_lock(project, git, dvc, lock, refs)))[0]


def profile_of(base: Reference, own: Read[Any], lock: Lock, model: type[Evidence]) -> Read[Any]:
    """The base's profile: the head's own where the lock says that they are the same, else fetched."""
    from wardround.flows.review.references import NOT_COMPARABLE

    path = "reports/profile.json"
    if base.first:
        return Read.failed("the base has no data yet")
    if lock.digest(path) == base.lock.digest(path):
        return own
    try:
        base.program.fetch(path)
    except NOT_COMPARABLE as error:
        return Read.failed(error.problems[0].what if isinstance(error, WardroundError) else "it could not be fetched")
    return read(model, base.program.root / path)


def check_lock(project: Project, git: Git, dvc: Dvc, lock: Lock, references: tuple[Reference, ...]) -> LockCheck:
    """The lock as it can be checked without running a stage: DVC names the stages that would run."""
    from wardround.flows.review.evidence import check_lock as check

    done = dvc.call("status", "--json")
    if not done.ok:
        raise EnvironmentFailure(
            "DVC could not say what changed", where=str(project.root), found=done.err.strip()[-400:]
        )
    try:
        changed = tuple(sorted(name.rpartition(":")[2] for name in json.loads(done.out or "{}")))
    except ValueError as error:
        raise EnvironmentFailure("DVC's answer could not be read", where="dvc status --json") from error
    stale = tuple(dict.fromkeys((*changed, *behind(git, lock))))
    return check(project, lock, stale, state=tree_state(git, references), remote=references[0].remote)
