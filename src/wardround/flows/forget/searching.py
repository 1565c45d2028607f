"""Where subjects are: every table that any commit named, by the salted index, and what was made from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wardround.flows.forget import history
from wardround.flows.forget.request import Plan
from wardround.flows.forget.tables import TABLES, subjects_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from wardround.flows.forget.history import Tree
    from wardround.flows.forget.index import Index
    from wardround.flows.forget.stores import Stores
    from wardround.project.layout import Project
    from wardround.revision.git import Git


@dataclass
class Search:
    """One search: where to look, for whom, and what was learned of each object so far."""

    project: Project
    git: Git
    stores: Stores
    index: Index
    subjects: frozenset[str]
    progress: Callable[[str], None]
    #: Object → whether it holds one of the subjects; None: it has no column that names subjects.
    known: dict[str, bool | None] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    #: Objects that earlier withdrawals erased: one that is not there is not missed.
    gone: frozenset[str] = frozenset()
    unread: set[str] = field(default_factory=set)

    def plan(self) -> Plan:
        """What has to be erased. Raises EnvironmentFailure when a storage does not answer."""
        columns = history.subject_columns(self.git)
        wanted = self.index.hashed(self.subjects)
        erased: set[str] = set()
        snapshots: set[str] = set()
        trees = history.trees(self.git)
        for number, tree in enumerate(trees, 1):
            self.progress(f"looking through version {number} of {len(trees)} of the data")
            found = self._of(tree, columns, wanted)
            if found:
                erased |= found
                snapshots |= {tree.snapshot} if tree.snapshot else set()
        own = self.git.directory / "dvc.lock"
        current = history.tree_of(own.read_bytes() if own.is_file() else None)
        return Plan(
            objects=tuple(sorted(erased)),
            snapshots=tuple(sorted(snapshots)),
            versions=self._versions(snapshots),
            searched=len(self.known),
            absent=len(self.absent),
            unread=len(self.unread),
            current=bool(current.snapshot) and current.snapshot in snapshots,
            git=self._in_git(columns, wanted),
        )

    def _of(self, tree: Tree, columns: tuple[str, ...], wanted: frozenset[bytes]) -> set[str]:
        """The objects of one tree that hold rows of the subjects: by their own column, or beside a part of the snapshot that does."""
        files: dict[tuple[str, str], str] = {}
        for path, md5 in tree.outputs.items():
            listed = history.listing(md5, self.stores.read)
            if listed is None:
                self.absent.add(md5)
                continue
            files |= {(path, inner): name for inner, name in listed.items()}
        for (path, inner), md5 in files.items():
            self._look(f"{path}/{inner}" if inner else path, md5, columns, wanted)
        found = {md5 for md5 in files.values() if self.known.get(md5)}
        parts = {inner for (path, inner), md5 in files.items() if path == history.SNAPSHOT and md5 in found}
        # features have the rows of the snapshot's part of the same name, without a name of the subject
        beside = {
            md5
            for (path, inner), md5 in files.items()
            if path != history.SNAPSHOT
            and md5 in self.known
            and self.known[md5] is None
            and (inner in parts or (not inner and parts))
        }
        return found | beside

    def _look(self, name: str, md5: str, columns: tuple[str, ...], wanted: frozenset[bytes]) -> None:
        if md5 in self.known or md5 in self.absent:
            return
        if md5 in self.gone and not self.stores.has(md5):  # another clone may have pushed what it still had
            return
        hashes = self.index.of(md5)
        if hashes is None:
            content = self.stores.read(md5)
            if content is None:
                self.absent.add(md5)
                return
            people = subjects_in(name, content, columns)
            if people is None:
                self.known[md5] = None
                if not name.endswith(TABLES):
                    self.unread.add(md5)
                return
            hashes = self.index.hashed(people)
            self.index.keep(md5, hashes)
        self.known[md5] = bool(hashes & wanted)

    def _versions(self, snapshots: set[str]) -> tuple[str, ...]:
        """Versions whose commit's lock names one of the snapshots: their models were trained on the rows."""
        from wardround.registry.fold import state_of

        name = self.project.params.project.name
        found = []
        for version in state_of(self.git.root, name).versions:
            lock = self.git.file(version.commit, "dvc.lock")
            if history.tree_of(lock).snapshot in snapshots:
                found.append(version.tag.name)
        return tuple(found)

    def _in_git(self, columns: tuple[str, ...], wanted: frozenset[bytes]) -> tuple[str, ...]:
        """Tables that git itself holds. They cannot be erased here: a history must be written anew, and every clone replaced."""
        found = []
        for path in history.paths_ever(self.git, *TABLES):
            contents = (subjects_in(path, content, columns) for content in self.git.versions(path))
            if any(people and self.index.hashed(people) & wanted for people in contents):
                found.append(path)
        return tuple(found)
