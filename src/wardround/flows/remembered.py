"""What was published before about the same patients: kept on this machine, and in the quarantine for workflows.

What lies on the branch of records is read, too. Each publication leaves its rounded tables, which are out anyway; the next one about the same test block is planned and audited with them
(``docs/explanation/small-cells.md``). What this clone does not have is counted, and said.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.disclosure import About, Before, Earlier
from wardround.disclosure.earlier import plain, read
from wardround.errors import WardroundError
from wardround.files import canonical_json, sha256_bytes, write_bytes
from wardround.flows.stage import scratch
from wardround.monitoring.history import BRANCH
from wardround.revision.branch import files_at, tip_of
from wardround.revision.git import Git
from wardround.revision.lock import Lock, parse
from wardround.revision.looks import committed, look_of
from wardround.values import Role

if TYPE_CHECKING:
    from wardround.project.layout import Project
    from wardround.storage.place import Place

#: Below the scratch directory, and on the branch of records: a directory for each project.
DIRECTORY = "published"
#: The largest record that is read, in bytes; those that are written have a few ten thousand.
_LARGEST = 5_000_000
#: Records are named by their content.
_NAME = re.compile(r"[0-9a-f]{64}\.json")


def about(locks: Mapping[str, Lock]) -> About:
    """Whom and which models a publication is about, by the locks of its roles; nothing of a role whose model was not evaluated."""
    looks = {role: look for role, lock in locks.items() if (look := look_of(lock)) is not None}
    return About({role: look.block for role, look in looks.items()}, {role: look.model for role, look in looks.items()})


def before(project: Project, locks: Mapping[str, Lock]) -> Before:
    """What is known here of earlier publications about the head's and the references' test blocks, and what is not."""
    what = about(locks)
    records, broken = _records(project)
    blocks = {*what.blocks.values()}
    earlier = tuple(item for item in records if any(table.people.block in blocks for table in item.tables))
    return Before(what, earlier, _missing(project, what, earlier, broken))


def before_of_tree(project: Project, references: Mapping[str, str]) -> Before:
    """The same for the tree as it lies there, with commits by role."""
    path = project.root / "dvc.lock"
    locks = {Role.HEAD.value: parse(path.read_bytes() if path.is_file() else None)}
    with contextlib.suppress(WardroundError):
        git = Git(project.root)
        locks |= {role: parse(git.file(commit, "dvc.lock")) for role, commit in references.items()}
    return before(project, locks)


def keep(project: Project, record: Earlier) -> None:
    """Keeps what a publication showed. One that showed no table, or that is there already, leaves nothing new."""
    if record.tables:
        content = canonical_json(plain(record))
        name = sha256_bytes(content).removeprefix("sha256:")
        write_bytes(place(project) / f"{name}.json", content)


def shared(project: Project, remote: str | None) -> Place | None:
    """Where the workflows of a project keep them for each other: in a remote that they may write to; None without one."""
    from wardround.storage.place import place as storage

    return storage(project.root, remote, f"{DIRECTORY}/{project.params.project.name}") if remote else None


def bring(project: Project, at: Place) -> None:
    """Copies to this machine what it does not have. Raises :class:`EnvironmentFailure` when the storage does not answer."""
    with at.answered():
        there = tuple(at.fs.find(at.path)) if at.fs.exists(at.path) else ()
    for name in sorted(str(path).rpartition("/")[2] for path in there):
        if _NAME.fullmatch(name) and not (place(project) / name).exists():
            content = at.read(name)
            if content is not None and f"{sha256_bytes(content).removeprefix('sha256:')}.json" == name:
                write_bytes(place(project) / name, content)


def leave(project: Project, at: Place) -> None:
    """Copies from this machine what is not there. Raises :class:`EnvironmentFailure` when the storage does not answer."""
    for path in sorted(place(project).glob("*.json")):
        if _NAME.fullmatch(path.name) and not at.has(path.name):
            at.put(path, path.name)


def place(project: Project) -> Path:
    """Where this machine keeps them."""
    return scratch(project) / DIRECTORY


def _records(project: Project) -> tuple[tuple[Earlier, ...], int]:
    """All records of the project, in an order that does not depend on the machine, and how many cannot be read."""
    name = project.params.project.name
    found: dict[bytes, Earlier] = {}
    broken = 0
    for content in _contents(project, name):
        try:
            read_here = read(json.loads(content)).value
        except (ValueError, RecursionError):
            read_here = None
        if read_here is None:
            broken += 1
        elif read_here.project == name:
            found[content] = read_here
    return tuple(found[content] for content in sorted(found)), broken


def _contents(project: Project, name: str) -> Iterator[bytes]:
    for path in sorted(place(project).glob("*.json")):
        if path.is_file() and path.stat().st_size <= _LARGEST:
            yield path.read_bytes()
    with contextlib.suppress(WardroundError):
        git = Git(project.root)
        tip = tip_of(git, BRANCH)
        yield from files_at(git, tip, f"{DIRECTORY}/{name}").values() if tip else ()


def _missing(project: Project, what: About, earlier: Iterable[Earlier], broken: int) -> str:
    """What could not be audited together with this, in a sentence: models that the history evaluated on the head's block, and unreadable records."""
    block, own = what.blocks.get(Role.HEAD.value, ""), what.models.get(Role.HEAD.value, "")
    said = []
    if not block:
        said.append("whom the head was measured on is not known from its lock")
    else:
        shown = {table.model for item in earlier for table in item.tables if table.people.block == block}
        try:
            looks, complete = committed(Git(project.root))
        except WardroundError:
            looks, complete = frozenset(), False
        unknown = {look.model for look in looks if look.block == block} - shown - {own}
        if unknown:
            said.append(
                f"no publication is at hand of {_times(len(unknown), 'model')} that the history evaluated on this test block"
            )
        if not complete:
            said.append("the history of this clone is not complete")
    if broken:
        said.append(f"{_times(broken, 'record')} of a publication that cannot be read")
    if not said:
        return ""
    return f"Small numbers were not audited together with all that was published before: {'; '.join(said)}."


def _times(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
