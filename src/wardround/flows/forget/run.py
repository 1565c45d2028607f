"""``wardround forget``: search, erase, leave a tombstone, propose to train again, record it. Killed anywhere, a second run ends in the same state."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.flows.forget import history, proposing
from wardround.flows.forget.index import Index, opened
from wardround.flows.forget.request import ForgetRequest, Forgotten, Plan
from wardround.flows.forget.searching import Search
from wardround.flows.forget.stores import Stores, stores
from wardround.flows.forget.tables import wanted
from wardround.flows.forget.tombstone import Tombstone, all_in
from wardround.storage.erasing import Erased, keeps_versions

if TYPE_CHECKING:
    from wardround.revision.git import Git


def forget(request: ForgetRequest) -> Forgotten:
    """The dry run, or the withdrawal itself.

    The tombstone is written before the first object is erased, and says *done* after the last: what a killed run left is finished first, by whatever
    withdrawal runs next. Raises :class:`UsageError` for a file without subjects, EnvironmentFailure when a storage or git does not answer.
    """
    from wardround.revision.git import Git

    subjects = wanted(request.subjects)
    git = Git(request.project.root)
    place = stores(request.project.root, request.project.params.review.remote)
    index = opened(place.home)
    done = Forgotten(_nothing())
    if request.apply:
        for left in (item for item in all_in(place.home) if not item.done):
            request.progress(f"finishing the withdrawal {left.name}, which was interrupted")
            done = _carry_out(request, git, place, index, left, done)
    gone = frozenset(md5 for stone in all_in(place.home) if stone.done for md5 in stone.objects)
    plan = Search(request.project, git, place, index, subjects, request.progress, gone=gone).plan()
    source = _in_source(request, subjects)
    plan = replace(plan, source=bool(source), notes=tuple(_notes(place, source)))
    if not request.apply or plan.empty:
        return replace(done, plan=plan)
    stone = Tombstone.of(plan, request.reason)
    return replace(_carry_out(request, git, place, index, stone, done), plan=plan)


def _nothing() -> Plan:
    return Plan((), (), (), 0)


def _carry_out(  # noqa: PLR0913, PLR0917 - what it works on
    request: ForgetRequest, git: Git, place: Stores, index: Index, stone: Tombstone, before: Forgotten
) -> Forgotten:
    stone.keep(place.home)
    request.progress(f"erasing {len(stone.objects)} objects")
    cache, remotes = place.erase(stone.objects)
    cache += Erased(_work_tree(git, frozenset(stone.objects)))
    proposed = proposing.propose(request, stone)
    proposing.record(request, git, stone)
    for md5 in stone.objects:
        index.drop(md5)
    stone.model_copy(update={"done": True}).keep(place.home)
    return replace(
        before, withdrawal=stone.name, cache=before.cache + cache, remotes=before.remotes + remotes, proposed=proposed
    )


def _work_tree(git: Git, objects: frozenset[str]) -> int:
    """Removes the checked-out copies of what was erased: in the work tree, and in the trees of base and anchor that reviews keep."""
    from wardround.flows.stage import scratch
    from wardround.project.layout import Project

    removed = 0
    programs = scratch(Project(git.directory)) / "programs"
    places = [git.directory / "data", *sorted(programs.glob(f"*/{git.prefix}data"))]
    for path in (path for top in places for path in sorted(top.rglob("*")) if path.is_file()):
        if _md5(path) in objects:
            path.unlink()
            removed += 1
    return removed


def _md5(path: Path) -> str:
    """DVC's name of a file's content; no security."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _in_source(request: ForgetRequest, subjects: frozenset[str]) -> bool | None:
    """Whether files of this machine that the next snapshot is made from still hold the subjects; None where they could not be asked."""
    from wardround.flows.forget.tables import subjects_in

    data = request.project.params.data
    if data.source == "synthetic":
        return False
    if data.source != "files" or not data.path or "://" in data.path:
        return None
    root, pattern = (
        (Path("/"), data.path.lstrip("/")) if Path(data.path).is_absolute() else (request.project.root, data.path)
    )
    columns = history.columns_of(data.columns)
    files = (path for path in sorted(root.glob(pattern)) if path.is_file())
    found = [subjects_in(path.name, path.read_bytes(), columns) for path in files]
    if any(people & subjects for people in found if people is not None):
        return True
    return None if None in found or not found else False


def _notes(place: Stores, source: bool | None) -> list[str]:  # noqa: FBT001 - three answers
    """What this command cannot reach, said so that somebody does."""
    found = []
    if source:
        found.append(
            "the source that data.path names still holds the subjects: take them out there, or the next snapshot has them again"
        )
    elif source is None:
        found.append("the source was not asked: take the subjects out there, or the next snapshot has them again")
    found += [
        f"the remote {item.name!r} may keep versions that this command cannot erase: ask its owner"
        for item in place.remotes
        if keeps_versions(item)
    ]
    return found
