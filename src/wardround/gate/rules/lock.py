"""The lock: what was reviewed is what the commit names, and others can fetch it."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.evidence.lock import LockCheck
from wardround.gate.facts import listed, text
from wardround.gate.request import JudgeRequest
from wardround.gate.rule import Said, cannot_tell, not_applicable, passes, refuses, rule


@rule("lock.fresh", "What was reviewed is what the commit names, and it can be fetched", needs=("lock",))
def fresh(request: JudgeRequest) -> Iterator[Said]:
    """The committed ``dvc.lock`` is what the stages make, and the remote holds every object that it names.

    Where the base lets the App commit the lock, its objects may lie in quarantine as well.
    """
    lock = request.lock.value
    assert isinstance(lock, LockCheck)
    if lock.draft and lock.first:
        yield not_applicable(
            "This is a draft of the first version ever: its lock was made just now, and nobody else has the commit. "
            "When you are content: git add -A && git commit && dvc push, then review the commit.",
        )
    elif lock.draft:
        yield not_applicable(
            "This is a draft: the work tree holds uncommitted changes, so there is no commit whose lock could be checked. "
            "When you are content: git add -A && git commit && dvc push, then review the commit.",
        )
    elif not lock.committed:
        yield refuses(
            "The commit does not hold the dvc.lock that was reviewed.",
            "Commit it with the change: git add dvc.lock && git commit; then push the data: dvc push.",
        )
    elif lock.stale:
        yield refuses(
            f"dvc.lock is not what the stages make: {listed(lock.stale)} ran again.",
            "Commit the new lock and push its objects: git add dvc.lock && git commit && dvc push.",
            *(text("stage", name) for name in lock.stale),
        )
    elif lock.missing:
        yield refuses(
            f"The remote {lock.remote}{' and quarantine lack' if lock.quarantine else ' lacks'} objects that dvc.lock names: "
            f"{listed(lock.missing)}.",
            f"On a machine that has them: dvc push -r {lock.quarantine or lock.remote}.",
            *(text("path", path) for path in lock.missing),
        )
    elif not lock.asked:
        yield cannot_tell(
            f"dvc.lock is fresh, but no remote was asked for its objects{': ' + lock.reason if lock.reason else ''}.",
            "Name a remote (dvc remote add storage URL; review.remote in params.yaml) and push: dvc push -r storage.",
        )
    else:
        yield passes(
            f"dvc.lock is what the stages make, and the remote {'or quarantine ' if lock.quarantine else ''}holds every object.",
            text("remote", lock.remote),
        )


RULES = (fresh,)
