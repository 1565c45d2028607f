"""Reading the ledger: every branch that has some of it, the work tree, and what git says was taken away. Nothing is asked of the network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure
from wardround.flows.ledger.books import BRANCH
from wardround.ledger import DIRECTORY, Anchor, Ledger, heads_in, read_directory
from wardround.ledger.place import digest_of
from wardround.ledger.verifying import Doubt
from wardround.proc import Command, run
from wardround.revision.branch import contents, listed
from wardround.revision.unpacked import kept_contents

if TYPE_CHECKING:
    from wardround.registry.tags import Tag
    from wardround.revision.git import Git

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Found:
    """The ledger of a clone. ``places`` say where it was read, ``removed`` what git remembers and no place has."""

    ledger: Ledger
    places: tuple[str, ...]
    removed: tuple[Doubt, ...] = ()


def read(git: Git, *, work_tree: bool = True, history: bool = False) -> Found:
    """All entries of HEAD, of the branches ``wardround/ledger`` (this clone's and its remotes') and of the work tree, as one ledger.

    ``history`` also looks for entries that a commit changed or removed. :class:`EnvironmentFailure` when git cannot answer.
    """
    places = dict(_references(git))
    pairs, some = _files(git, places, work_tree=work_tree)
    ledger = Ledger.of(pairs)
    return Found(ledger, some, tuple(_removed(git, places, ledger)) if history else ())


def files(git: Git) -> list[tuple[str, bytes]]:
    """The files of the same entries, by their paths below the ledger's directory, as they are: nothing is checked. Many are taken from where an earlier reading left them."""
    return _files(git, dict(_references(git)), work_tree=True, kept=True)[0]


def _files(
    git: Git, places: dict[str, str], *, work_tree: bool, kept: bool = False
) -> tuple[list[tuple[str, bytes]], tuple[str, ...]]:
    """Paths below the ledger's directory with contents, and the places that have some."""
    blobs: dict[tuple[str, str], None] = {}
    some = []
    for name, commit in places.items():
        found = listed(git, commit, DIRECTORY)
        blobs.update(dict.fromkeys(found))
        some += [name] if found else []
    names = [name for _, name in blobs]
    read_ = kept_contents(git, names, "ledger") if kept else contents(git, names)
    start = len(DIRECTORY) + 1
    pairs = [(path[start:], content) for (path, _), content in zip(blobs, read_, strict=True)]
    here = list(read_directory(git.root)) if work_tree else []
    return [*pairs, *here], (*some, *(("the work tree",) if here else ()))


def anchors_of(tags: Iterable[Tag]) -> tuple[Anchor, ...]:
    """The tags that name heads, in order of their time."""
    found = [
        Anchor(tag.name, tag.moment, heads)
        for tag in tags
        if tag.annotated and tag.moment is not None and (heads := heads_in(tag.message))
    ]
    return tuple(sorted(found, key=lambda anchor: (anchor.time, anchor.tag)))


def _references(git: Git) -> Iterator[tuple[str, str]]:
    """What is read -> its commit; each commit once."""
    form = "--format=%(objectname) %(refname)"
    done = run(Command(["git", "for-each-ref", form, "refs/heads", "refs/remotes"], cwd=git.root, env={"LC_ALL": "C"}))
    if not done.ok:
        raise EnvironmentFailure("git cannot list the branches", where=str(git.root), found=done.err.strip()[-300:])
    seen = set()
    if git.has_commits:
        commit = git.commit("HEAD")
        seen.add(commit)
        yield "HEAD", commit
    for line in done.out.splitlines():
        commit, _, name = line.partition(" ")
        if name.endswith(f"/{BRANCH}") and commit not in seen:
            seen.add(commit)
            yield name.removeprefix("refs/heads/").removeprefix("refs/remotes/"), commit


def _removed(git: Git, places: dict[str, str], ledger: Ledger) -> Iterator[Doubt]:
    """Entries that a commit of these branches changed or removed. Merges are looked at from each of their parents."""
    if not places:
        return
    words = ["log", "-m", "--full-history", "--no-renames", "--diff-filter=DMT", "--name-only", "--format=%H", "-z"]
    done = run(
        Command(["git", *words, *places.values(), "--", DIRECTORY], cwd=git.root, env={"LC_ALL": "C"}, timeout=600)
    )
    if not done.ok:
        raise EnvironmentFailure("git log failed", where=str(git.root), found=done.err.strip()[-300:])
    commit, said = "", set()
    for word in re.split(r"[\0\n]+", done.out):
        if _COMMIT.fullmatch(word):
            commit = word
            continue
        digest = digest_of(word.removeprefix(f"{DIRECTORY}/"))
        if digest is None or word in said:
            continue
        said.add(word)
        there = digest in ledger.contents
        after = (
            "it is there now, in another commit"
            if there
            else f"git show {commit[:12]} says who; git checkout {commit[:12]}~1 -- {word} brings it back"
        )
        yield Doubt("removed", f"commit {commit[:12]} changed or removed this entry", word, after)
