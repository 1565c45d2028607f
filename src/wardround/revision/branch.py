"""The files of a commit that is not checked out: for branches that hold records and no code."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, UsageError
from wardround.proc import Command, run_files
from wardround.revision.failures import answered
from wardround.revision.git import blobs

if TYPE_CHECKING:
    from wardround.revision.git import Git

#: So many objects are worth a second process. Project choice.
_MANY = 20_000


def tip_of(git: Git, branch: str) -> str | None:
    """The branch's last commit as this clone knows it: that of ``origin`` where there is one, else its own; None without either."""
    for name in (f"refs/remotes/origin/{branch}", f"refs/heads/{branch}"):
        with contextlib.suppress(UsageError):
            return git.commit(name)
    return None


def references(git: Git, start: str) -> tuple[str, ...]:
    """The full names of references below ``start``, as ``refs/remotes/origin``, sorted."""
    with answered("for-each-ref", git.root):
        text: str = git.repository.git.for_each_ref("--format=%(refname)", start)
    return tuple(sorted(text.split()))


def names_at(git: Git, commit: str, directory: str) -> tuple[str, ...]:
    """The paths from the top of every file below a directory of the top at a commit, sorted. One git process."""
    return tuple(sorted(path for path, _ in listed(git, commit, directory)))


def files_at(git: Git, commit: str, *places: str) -> dict[str, bytes]:
    """Path from the top -> content of every file that is, or lies below, one of ``places`` at a commit. Two git processes.

    Raises :class:`EnvironmentFailure` when objects are missing.
    """
    names = listed(git, commit, *places)
    found = contents(git, (name for _, name in names))
    return dict(zip((path for path, _ in names), found, strict=True))


def listed(git: Git, commit: str, *places: str) -> list[tuple[str, str]]:
    """Path from the top and object name of every file that is, or lies below, one of ``places`` at a commit."""
    with answered("ls-tree", git.root):
        text: str = git.repository.git.ls_tree("-r", "-z", "--full-tree", commit, "--", *places)
    entries = [line.partition("\t") for line in text.split("\0") if "\t" in line]
    return [(path, words.rpartition(" ")[2]) for words, _, path in entries if " blob " in words]


def contents(git: Git, names: Iterable[str]) -> list[bytes]:
    """The contents of objects by their names, in order. :class:`EnvironmentFailure` when one is missing.

    Many are read by two git processes at once: unpacking takes longer than all that is done with them.
    """
    wanted = list(names)
    if len(wanted) < _MANY:
        return _contents(git, wanted)
    half = len(wanted) // 2
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda part: _contents(git, part), (wanted[:half], wanted[half:]))
    return one + other


def _contents(git: Git, names: Sequence[str]) -> list[bytes]:
    if not names:
        return []
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as sink:
        source.write("".join(f"{name}\n" for name in names).encode())
        source.seek(0)
        command = Command(["git", "cat-file", "--batch", "--buffer"], cwd=git.root, env={"LC_ALL": "C"}, timeout=600)
        done = run_files(command, source, sink)
        sink.seek(0)
        packed = sink.read()
    try:
        found = list(blobs(packed)) if done.ok else []
    except ValueError:  # NAME missing
        found = []
    if len(found) != len(names):
        raise EnvironmentFailure(
            "git cat-file failed",
            where=str(git.root),
            found=" | ".join(line for line in done.err.strip().splitlines() if line)[-400:] or "objects are missing",
            next="free space or repair what git says (git fsck), then run the same command again",
        )
    return found


def file_at(git: Git, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bytes | None]:
    """(Commit, path from the top) -> content, None where there is no such file. Two git processes, however many there are."""
    asked = list(dict.fromkeys(places))
    if not asked:
        return {}
    with tempfile.TemporaryFile() as stream, answered("cat-file", git.root):
        stream.write("".join(f"{commit}:{path}\n" for commit, path in asked).encode())
        stream.seek(0)
        text: str = git.repository.git.cat_file("--batch-check=%(objecttype) %(objectname)", "--buffer", istream=stream)
    found = [line.split(" ") for line in text.splitlines()]
    blobs_ = [words[1] if words[0] == "blob" else "" for words in found]
    names = [name for name in dict.fromkeys(blobs_) if name]
    held = dict(zip(names, contents(git, names), strict=True))
    return {place: held.get(name) for place, name in zip(asked, blobs_, strict=True)}


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
