"""The monitor's history beside the ledger: tags name its newest looks, so that a branch that was cut or written anew shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from wardround.files import sha256_bytes
from wardround.flows.records import Records
from wardround.ledger import looks_in
from wardround.ledger.verifying import Doubt
from wardround.revision.branch import files_at, names_at, references, tip_of

if TYPE_CHECKING:
    from wardround.registry.tags import Tag
    from wardround.revision.git import Git

#: As the monitor keeps it; a test holds both to be the same. What verifies the ledger starts without the monitor.
HISTORY = Records("wardround/history", "history", "history")
_NAME = re.compile(
    r"history/([a-z][a-z0-9-]{0,63})/([a-z0-9][a-z0-9-]{0,62})/([0-9]{4}-[0-9]{2}-[0-9]{2})-([0-9a-f]{32})\.jsonl"
)
_NEXT = "git fetch origin; if it stays: find it in another clone, the history was cut or rewritten"


def newest(git: Git) -> tuple[str, ...]:
    """What a tag that is made now names: of each project's stage the looks of the last day that none of that day follows.

    As far as this clone has the branch; nobody is asked.
    """
    tip = tip_of(git, HISTORY.branch)
    if tip is None:
        return ()
    days: dict[tuple[str, str], tuple[str, list[str]]] = {}
    for path in names_at(git, tip, HISTORY.directory):
        if found := _NAME.fullmatch(path):
            project, stage, day, _ = found.groups()
            last, paths = days.get((project, stage), ("", []))
            if day >= last:
                days[project, stage] = (day, [*(paths if day == last else ()), path])
    wanted = [path for _, paths in days.values() for path in paths]
    files = files_at(git, tip, *wanted) if wanted else {}
    followed = {parent for content in files.values() for parent in _parents(content) or ()}
    return tuple(sorted(_short(path) for path in files if path not in followed))


def doubts(git: Git, tags: Iterable[Tag]) -> tuple[Doubt, ...]:
    """What is wrong with the history of this clone, its own and its remotes', as the tags know it."""
    return tuple(_doubts(_files(git), tuple(tags)))


def _files(git: Git) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for place in ("refs/heads", "refs/remotes"):
        for name in references(git, place):
            if name.endswith(f"/{HISTORY.branch}"):
                found |= files_at(git, name, HISTORY.directory)
    return found


def _doubts(files: Mapping[str, bytes], tags: tuple[Tag, ...]) -> Iterator[Doubt]:
    for path, content in files.items():
        name, parents = _NAME.fullmatch(path), _parents(content)
        if name is None or parents is None:
            yield Doubt(
                "malformed",
                "this is no look of the monitor's history",
                path,
                "find out who wrote it: no command of Wardround did",
            )
            continue
        if not sha256_bytes(content).removeprefix("sha256:").startswith(name[4]):
            yield Doubt(
                "changed",
                "its content is not what its name says: it was changed, or cut",
                path,
                f"git log {HISTORY.branch} -- {path} says who changed it; take it from an earlier commit",
            )
        for parent in parents:
            if parent not in files:
                yield Doubt("missing", f"the look {_short(parent)}, which this one followed, is gone", path, _NEXT)
    there = {_short(path) for path in files}
    for tag in tags:
        for look in looks_in(tag.message) if tag.annotated else ():
            if look not in there:
                what = f"the look {look}, which was the newest when the tag was made, is gone"
                yield Doubt("cut", what, f"tag {tag.name}", _NEXT)


def _parents(content: bytes) -> tuple[str, ...] | None:
    """The paths that a look names as its parents; None when it is none."""
    try:
        told = json.loads(content.partition(b"\n")[0])
        return tuple(str(item) for item in told["parents"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _short(path: str) -> str:
    return path.removeprefix(f"{HISTORY.directory}/").removesuffix(".jsonl")
