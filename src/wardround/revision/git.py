"""The git repository around a project. With its failures, the only module that imports GitPython."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import UsageError
from wardround.revision.failures import answered, explained

if TYPE_CHECKING:
    import git


@dataclass(frozen=True)
class Change:
    """One file that differs between two revisions. ``added`` and ``deleted`` are lines; None for a binary file."""

    path: str
    added: int | None
    deleted: int | None


class Git:
    """Questions about the repository that holds ``directory``."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self.repository = _open(self.directory)

    @cached_property
    def root(self) -> Path:
        """The top directory of the work tree."""
        return Path(str(self.repository.working_tree_dir)).resolve()

    @cached_property
    def prefix(self) -> str:
        """Where ``directory`` lies below the root, as ``projects/sepsis/``; empty at the root."""
        relative = self.directory.relative_to(self.root).as_posix()
        return "" if relative == "." else relative + "/"

    @property
    def branch(self) -> str:
        """The current branch, or ``detached head``."""
        return "detached head" if self.repository.head.is_detached else self.repository.active_branch.name

    def commit(self, revision: str) -> str:
        """The full SHA of a revision.

        Tries the name as it is, then as a branch of ``origin``, then as a trial of ``dvc exp``. Raises :class:`UsageError` that says what is there
        instead, and whether the clone is too shallow to hold it.
        """
        for name in (revision, f"origin/{revision}"):
            if found := self._named(name):
                return found
        if trials := self._trials(revision):
            return trials[0]
        shallow = self.is_shallow
        heads = ", ".join(sorted(head.name for head in self.repository.heads)[:8]) or "none: nothing is committed yet"
        raise UsageError(
            f"the revision {revision!r} is not in this repository",
            where=str(self.root),
            wanted="a branch, tag or commit",
            found=f"branches {heads}" + ("; the clone is shallow" if shallow else ""),
            next="git fetch --unshallow origin"
            if shallow
            else "git fetch origin, or name another with --base or --anchor",
        )

    def _named(self, name: str) -> str:
        """The commit that git itself finds by a name; empty when there is none. GitPython reads all references to find one."""
        import git

        if name.startswith(("-", "^")):
            return ""
        with contextlib.suppress(git.GitCommandError, ValueError):
            found: str = self.repository.git.rev_parse("--verify", "--quiet", f"{name}^{{commit}}")
            return found
        return ""

    def _trials(self, name: str) -> list[str]:
        """Commits of DVC experiments of that name, newest first; DVC keeps them under ``refs/exps``."""
        text: str = self.repository.git.for_each_ref(
            "--sort=-creatordate", "--format=%(objectname) %(refname)", "refs/exps"
        )
        found = [line.split(" ", 1) for line in text.splitlines()]
        return [commit for commit, reference in found if reference.rsplit("/", 1)[-1] == name]

    @property
    def has_commits(self) -> bool:
        """Whether anything is committed yet."""
        return bool(self.repository.head.is_valid())

    @property
    def is_shallow(self) -> bool:
        """Whether history was cut off when this repository was cloned."""
        return (Path(self.repository.common_dir) / "shallow").is_file()

    def only_here(self, commit: str) -> bool:
        """Whether ``commit`` is on a branch of this clone, and no remote is known to have it.

        False where in doubt: a detached head and a shallow clone are what a workflow checks out.
        """
        if self.repository.head.is_detached or self.is_shallow:
            return False
        return not self._ask("for-each-ref", "--count=1", f"--contains={commit}", "refs/remotes")

    def merge_base(self, one: str, other: str) -> str:
        """The commit where two revisions parted."""
        found = self.repository.merge_base(one, other)
        if not found:
            raise UsageError(
                "base and head have no common ancestor",
                where=str(self.root),
                found="a shallow clone" if self.is_shallow else "unrelated histories",
                next="git fetch --unshallow origin" if self.is_shallow else "name another base with --base",
            )
        return str(found[0].hexsha)

    def file(self, commit: str, path: str) -> bytes | None:
        """A file of the project at a commit, or None when it is not there."""
        try:
            blob = self.repository.commit(commit).tree / (self.prefix + path)
        except KeyError:
            return None
        content: bytes = blob.data_stream.read()
        return content

    def versions(self, path: str, *commits: str, most: int = 5000) -> tuple[bytes, ...]:
        """Every content that a file of the project ever had, each once, at most ``most``, those of new commits first.

        Looks at all that HEAD, branches, tags and ``commits`` reach, side branches of merges too. Two git processes,
        however long the history is. Raises :class:`EnvironmentFailure` when objects are missing.
        """
        import tempfile

        place = self.prefix + path
        listed = self._ask("rev-list", "--all", "--objects", "--full-history", *commits, "--", f":(top,literal){place}")
        pairs = (line.split(" ", 1) for line in listed.splitlines() if " " in line)
        names = [name for name, where in pairs if where == place][:most]
        with tempfile.TemporaryFile() as stream, answered("cat-file", self.root):
            stream.write("".join(f"{name}\n" for name in names).encode())
            stream.seek(0)
            packed: bytes = self.repository.git.cat_file(
                "--batch", istream=stream, stdout_as_string=False, strip_newline_in_stdout=False
            )
        return tuple(blobs(packed))

    def _ask(self, command: str, *args: str) -> str:
        """What git answers; :class:`EnvironmentFailure` with its own words when it cannot."""
        with answered(command, self.root):
            text: str = getattr(self.repository.git, command.replace("-", "_"))(*args)
        return text

    def uncommitted(self) -> tuple[str, ...]:
        """Paths of the project that differ from HEAD or are not tracked (ignored ones left out), sorted."""
        text: str = self._ask("status", "--porcelain", "-z", "--untracked-files=all", "--", str(self.directory))
        paths = {entry[3:] for entry in text.split("\0") if len(entry) > 3}
        return tuple(sorted(path.removeprefix(self.prefix) for path in paths))

    def changes(self, before: str, after: str | None = None) -> tuple[Change, ...]:
        """Files of the project that differ between two commits, or between a commit and the work tree."""
        revisions = [before] if after is None else [before, after]
        text: str = self._ask("diff", "--numstat", "-z", "--no-renames", *revisions, "--", str(self.directory))
        found = []
        for entry in text.split("\0"):
            if entry.count("\t") < 2:
                continue
            added, deleted, path = entry.split("\t", 2)
            found.append(
                Change(
                    path.removeprefix(self.prefix),
                    None if added == "-" else int(added),
                    None if deleted == "-" else int(deleted),
                )
            )
        return tuple(sorted(found, key=lambda change: change.path))

    def tracked(self) -> tuple[str, ...]:
        """All paths of the project that git tracks or would track, as they are in the work tree, sorted."""
        text: str = self._ask("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", str(self.directory))
        names = {name.removeprefix(self.prefix) for name in text.split("\0") if name}
        return tuple(sorted(name for name in names if (self.directory / name).is_file()))

    def export(self, commit: str, to: Path) -> None:
        """Writes the whole tree of a commit into the directory ``to`` (without history).

        A plain tree, not a linked work tree: nothing in ``.git`` can be left behind by a kill (decision 0001).
        """
        import tarfile
        import tempfile

        with tempfile.TemporaryFile() as stream:
            with answered("archive", self.root):
                self.repository.archive(stream, commit)
            stream.seek(0)
            with tarfile.open(fileobj=stream) as archive:
                archive.extractall(to, filter="data")


def blobs(packed: bytes) -> Iterator[bytes]:
    """The contents in an answer of ``git cat-file --batch``: a line ``NAME blob SIZE``, the bytes, a line end."""
    at = 0
    while at < len(packed):
        line = packed.index(b"\n", at)
        size = int(packed[at:line].rpartition(b" ")[2])
        yield packed[line + 1 : line + 1 + size]
        at = line + size + 2


def _open(directory: Path) -> git.Repo:
    os.environ.setdefault("GIT_PYTHON_REFRESH", "raise")
    with explained(directory) as git_module:
        repository: git.Repo = git_module.Repo(directory, search_parent_directories=True)
        if repository.bare:
            raise UsageError("this git repository is bare", where=str(directory), next="work in a clone with files")
        return repository
