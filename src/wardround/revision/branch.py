"""The files of a commit that is not checked out: for branches that hold records and no code."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, UsageError
from wardround.revision.git import answered, blobs

if TYPE_CHECKING:
    from wardround.revision.git import Git


def tip_of(git: Git, branch: str) -> str | None:
    """The branch's last commit as this clone knows it: that of ``origin`` where there is one, else its own; None without either."""
    for name in (f"refs/remotes/origin/{branch}", f"refs/heads/{branch}"):
        with contextlib.suppress(UsageError):
            return git.commit(name)
    return None


def files_at(git: Git, commit: str, directory: str) -> dict[str, bytes]:
    """Path from the top -> content of every file below a directory of the top at a commit. Two git processes.

    Raises :class:`EnvironmentFailure` when objects are missing.
    """
    names = listed(git, commit, directory)
    found = contents(git, (name for _, name in names))
    return dict(zip((path for path, _ in names), found, strict=True))


def listed(git: Git, commit: str, directory: str) -> list[tuple[str, str]]:
    """Path from the top and object name of every file below a directory of the top at a commit."""
    with answered("ls-tree", git.root):
        text: str = git.repository.git.ls_tree("-r", "-z", "--full-tree", commit, "--", directory)
    entries = [line.partition("\t") for line in text.split("\0") if "\t" in line]
    return [(path, words.split()[2]) for words, _, path in entries if words.split()[1] == "blob"]


def contents(git: Git, names: Iterable[str]) -> list[bytes]:
    """The contents of objects by their names, in order. One git process. :class:`EnvironmentFailure` when one is missing."""
    wanted = "".join(f"{name}\n" for name in names).encode()
    if not wanted:
        return []
    with tempfile.TemporaryFile() as stream, answered("cat-file", git.root):
        stream.write(wanted)
        stream.seek(0)
        packed: bytes = git.repository.git.cat_file(
            "--batch", istream=stream, stdout_as_string=False, strip_newline_in_stdout=False
        )
    return list(blobs(packed))


def commit_object(git: Git, commit: str) -> bytes | None:
    """What git keeps of a commit, so that its name can be computed anew; None when it is not here."""
    try:
        with answered("cat-file", git.root):
            found: bytes = git.repository.git.cat_file(
                "commit", commit, stdout_as_string=False, strip_newline_in_stdout=False
            )
    except EnvironmentFailure:
        return None
    return found
