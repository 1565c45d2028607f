"""What a change adds, line by line: of each of its commits, of the work tree, of the index; and what its commits say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from wardround.revision.failures import answered
from wardround.revision.git import Git

_HUNK = re.compile(r"@@ -\S+ \+(?P<start>\d+)(?:,(?P<count>\d+))? @@")
#: A hunk of a merge: one column and one range for each parent.
_MERGED = re.compile(r"(?P<columns>@{3,}) (?:-\S+ )+\+(?P<start>\d+)(?:,\d+)? @@@")
_COMMIT = "\x1ecommit "


@dataclass(frozen=True)
class Added:
    """Where a version of a file stands (``commit`` empty: the work tree; ``:`` the index) and the numbers of the lines that are new in it."""

    path: str
    commit: str
    lines: frozenset[int] = field(repr=False)


@dataclass(frozen=True)
class Message:
    """A commit and its message."""

    commit: str
    text: str


def added(git: Git, base: str) -> Iterator[Added]:
    """What every commit of ``base..HEAD`` adds, then the work tree against ``base``. Paths are those of the whole repository.

    What one commit adds and the next takes away is in the history all the same, and everybody who fetches the branch gets it. Of a merge
    those lines are new that no parent has: what resolves a conflict, and what somebody slipped in.
    """
    log = _ask(git, "log", "--format=%x1ecommit %H", *_PATCH, "--cc", f"{base}..HEAD")
    for piece in log.split(_COMMIT)[1:]:
        commit, _, patch = piece.partition("\n")
        yield from _files(patch, commit.strip())
    yield from _files(_ask(git, "diff", *_PATCH, base), "")
    yield from (_whole(git.root, path) for path in untracked(git))


def staged(git: Git) -> Iterator[Added]:
    """What the index adds to HEAD."""
    yield from _files(_ask(git, "diff", "--cached", *_PATCH), ":")


def untracked(git: Git) -> tuple[str, ...]:
    """Files that git would track, of the whole repository."""
    text = _ask(git, "ls-files", "-z", "--others", "--exclude-standard", "--full-name", "--", str(git.root))
    return tuple(sorted(name for name in text.split("\0") if name))


def tracked(git: Git) -> tuple[str, ...]:
    """Files that git tracks or would track, of the whole repository, sorted."""
    text = _ask(git, "ls-files", "-z", "--cached", "--full-name", "--", str(git.root))
    return tuple(sorted({*untracked(git), *(name for name in text.split("\0") if name)}))


def messages(git: Git, base: str) -> tuple[Message, ...]:
    """The messages of the commits that HEAD has and ``base`` has not, newest first."""
    text = _ask(git, "log", "--format=%x1ecommit %H%n%B", f"{base}..HEAD")
    pieces = (piece.partition("\n") for piece in text.split(_COMMIT)[1:])
    return tuple(Message(commit.strip(), body) for commit, _, body in pieces)


def content(git: Git, version: Added) -> bytes | None:
    """The bytes of a version; None when it is not there, or is a link or a submodule."""
    if not version.commit:
        path = git.root / version.path
        return path.read_bytes() if path.is_file() and not path.is_symlink() else None
    name = f":{version.path}" if version.commit == ":" else f"{version.commit}:{version.path}"
    try:  # one git process answers for all versions: two for each would take most of the scan's time
        found = git.repository.git.get_object_data(name)[3]
    except ValueError:  # a line end in the name, or an answer that has no object in it
        return _content_alone(git, name)
    return bytes(found)


def _content_alone(git: Git, name: str) -> bytes | None:
    with answered("cat-file", git.root):
        kind: str = git.repository.git.cat_file("-t", name)
        if kind != "blob":
            return None
        found: bytes = git.repository.git.cat_file("blob", name, stdout_as_string=False, strip_newline_in_stdout=False)
    return found


#: No colours, no programs of the user's, no renames: a moved file is looked at as a new one.
_PATCH = ("-p", "-U0", "--no-renames", "--no-color", "--no-ext-diff", "--no-textconv", "--diff-filter=AMT", "--ignore-submodules=all", "--src-prefix=a/", "--dst-prefix=b/")  # fmt: skip


def _files(patch: str, commit: str) -> Iterator[Added]:
    path, lines, heading = "", set[int](), True
    place, new = 0, ""  # in a hunk of a merge: the number of the next line, and how a line begins that no parent has
    for line in patch.split("\n"):
        if line.startswith(("diff --git ", "diff --cc ")):
            if path:
                yield Added(path, commit, frozenset(lines))
            merged = line.startswith("diff --cc ")
            path = _unquoted(line.removeprefix("diff --cc ")) if merged else _named(line)
            lines, heading, new = set(), True, ""
        elif heading and line.startswith("+++ "):
            path = _unquoted(line[4:].rstrip("\t")).removeprefix("b/")
        elif match := _HUNK.match(line):
            heading = False
            start = int(match["start"])
            lines |= set(range(start, start + int(match["count"] or 1)))
        elif match := _MERGED.match(line):
            heading, place, new = False, int(match["start"]), "+" * (len(match["columns"]) - 1)
        elif new and "-" not in line[: len(new)] and not line.startswith("\\"):
            if line.startswith(new):
                lines.add(place)
            place += 1
    if path:
        yield Added(path, commit, frozenset(lines))


def _named(line: str) -> str:
    """The path in ``diff --git a/PATH b/PATH``, where both are the same: of a binary or empty file there is no other line."""
    rest = line.removeprefix("diff --git ")
    half = rest[: len(rest) // 2] if not rest.startswith('"') else rest.split('" "')[0] + '"'
    return _unquoted(half).removeprefix("a/")


def _unquoted(text: str) -> str:
    """Git quotes unusual names as C does."""
    if not text.startswith('"'):
        return text
    raw = text.strip('"').encode("latin-1", "backslashreplace").decode("unicode_escape")
    return raw.encode("latin-1", "replace").decode("utf-8", "replace")


def _whole(root: Path, path: str) -> Added:
    found = root / path
    count = found.read_bytes().count(b"\n") + 1 if found.is_file() and not found.is_symlink() else 0
    return Added(path, "", frozenset(range(1, count + 1)))


def _ask(git: Git, command: str, *args: str) -> str:
    with answered(command, git.root):
        text: str = getattr(git.repository.git, command.replace("-", "_"))(*args, strip_newline_in_stdout=False)
    return text


def at(git: Git, commit: str, path: str) -> bytes | None:
    """A file of the whole repository at a commit; None when it is not there."""
    try:
        blob = git.repository.commit(commit).tree / path
    except KeyError:
        return None
    found: bytes = blob.data_stream.read()
    return found


def below(git: Git, commit: str, directory: str) -> tuple[str, ...]:
    """What lies directly in a directory of the whole repository at a commit, sorted; empty when it is not there."""
    text = _ask(git, "ls-tree", "-z", "--name-only", "--full-tree", commit, f"{directory}/")
    return tuple(sorted(name for name in text.split("\0") if name))


def paths_of_history(git: Git) -> tuple[str, ...]:
    """Every path of the project that any commit of any branch or tag ever had, sorted, relative to the project."""
    text = _ask(git, "log", "--all", "--format=", "--name-only", "--no-renames", "-z", "--", str(git.directory))
    names = {name.strip("\n") for name in text.split("\0")}
    return tuple(sorted(name.removeprefix(git.prefix) for name in names if name))
