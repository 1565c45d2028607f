"""Evidence about ``dvc.lock``: does it say what the stages make, and does the remote hold every object it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wardround.evidence.base import Evidence


class LockCheck(Evidence):
    """What the review saw when it reproduced the pipeline and asked the remote for each object.

    ``committed`` is false when the head commit holds no ``dvc.lock``. ``stale`` names the stages whose record, once
    reproduced, is not the commit's, ``missing`` the paths whose objects the remote lacks. ``remote`` is empty when none is set;
    ``asked`` is false when it was not asked, and ``reason`` says why. ``quarantine`` is the remote for what pull requests make, where
    the base lets its objects count as well: the App commits the lock, and only a merge may move them to the main store.
    """

    KIND: ClassVar[str] = "lock"

    committed: bool = True
    #: The work tree holds uncommitted changes beside the lock: a draft, whose lock cannot be the commit's yet. Never true in CI.
    draft: bool = False
    #: A draft of the first version ever: HEAD is a commit of this clone alone, without a lock, and without a model before it.
    first: bool = False
    stale: tuple[str, ...] = ()
    remote: str = ""
    quarantine: str = ""
    asked: bool = False
    missing: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class TreeState:
    """The work tree before the pipeline ran: whether it held uncommitted changes, and whether HEAD holds a ``dvc.lock``.

    A changed ``dvc.lock`` alone is no draft: it is what a run that was interrupted leaves, and a second run must judge like the first.
    ``first`` is what ``init`` leaves: no model ever, no lock, and nobody else has the commit (decision 0002).
    """

    draft: bool
    locked: bool
    first: bool = False
