"""Judging again what is there: no stage runs, nothing is scored, nothing is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wardround.errors import EnvironmentFailure, WardroundError
from wardround.evidence.base import Evidence, Read, read
from wardround.values import Role

if TYPE_CHECKING:
    from wardround.evidence.decision import Decision
    from wardround.evidence.lock import LockCheck
    from wardround.flows.review.references import Reference
    from wardround.project.layout import Project
    from wardround.revision.dvc import Dvc
    from wardround.revision.git import Git
    from wardround.revision.lock import Lock


def judge_present(project: Project, base: str | None = None, anchor: str | None = None) -> Decision:
    """The decision on the evidence in ``reports/``, by the base's params.

    Evidence that is missing, malformed, of other commits or not what ``dvc.lock`` names makes its rules *cannot tell*.
    Raises a :class:`WardroundError` when git, DVC or the remote cannot be asked.
    """
    from wardround.evidence.comparison import Comparison
    from wardround.evidence.profile import Profile
    from wardround.flows.review import comparing, evidence, references
    from wardround.flows.review.request import ReviewRequest
    from wardround.gate import JudgeRequest, judge
    from wardround.revision.digest import subject_digest
    from wardround.revision.dvc import Dvc
    from wardround.revision.git import Git
    from wardround.revision.lock import parse

    git, dvc = Git(project.root), Dvc(project.root)
    dvc.check_repository()
    remote = _remote(project, dvc)
    refs = references.resolve(ReviewRequest(project, base, anchor), git, remote)
    own_base = next(reference for reference in refs if reference.role is Role.BASE)
    own_anchor = next((reference for reference in refs if reference.role is Role.ANCHOR), None)
    lock_file = project.root / "dvc.lock"
    lock = parse(lock_file.read_bytes() if lock_file.exists() else None)
    found: dict[str, Any] = evidence.read_run(project)
    found["base_profile"] = profile_of(own_base, found["profile"], lock, Profile)
    found["comparison"] = read(Comparison, project.layout.evidence("comparison"))
    found["lock"] = Read(check_lock(project, git, dvc, lock, remote), "", "")
    return judge(
        JudgeRequest(
            project=project.params.project.name,
            base_params=own_base.params or project.params,
            head_params=project.params,
            head_commit=git.commit("HEAD"),
            base_commit=own_base.commit,
            anchor_commit=own_anchor.commit if own_anchor else "",
            subject_digest=subject_digest(project.root, git.tracked()),
            baseline=all(reference.first for reference in refs),
            own_test_set_needed=not own_base.first and comparing.own_test_set_needed(lock, own_base.lock),
            stale=evidence.stale(project, lock),
            **found,
        )
    )


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


def check_lock(project: Project, git: Git, dvc: Dvc, lock: Lock, remote: str | None) -> LockCheck:
    """The lock as it can be checked without running a stage: DVC names the stages that would run."""
    from wardround.flows.review.evidence import TreeState
    from wardround.flows.review.evidence import check_lock as check
    from wardround.revision.dvc import Reproduced

    done = dvc.call("status", "--json")
    if not done.ok:
        raise EnvironmentFailure(
            "DVC could not say what changed", where=str(project.root), found=done.err.strip()[-400:]
        )
    try:
        changed = tuple(sorted(name.rpartition(":")[2] for name in json.loads(done.out or "{}")))
    except ValueError as error:
        raise EnvironmentFailure("DVC's answer could not be read", where="dvc status --json") from error
    state = TreeState(draft=bool(git.uncommitted()), locked=git.file("HEAD", "dvc.lock") is not None)
    return check(project, lock, Reproduced(changed, (), (), lock_changed=bool(changed)), state=state, remote=remote)


def _remote(project: Project, dvc: Dvc) -> str | None:
    """The name of the remote that params name, if DVC knows it."""
    wanted = project.params.review.remote
    known = {line.split()[0] for line in dvc.remotes().splitlines() if line.strip()}
    return wanted if wanted in known else None
