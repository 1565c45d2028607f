"""What a bare repository holds, read with ``git``: refs, commits, trees, files and differences."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.proc import Command, Finished, run, run_files

#: git, told to read no configuration but the repository's own, so that a laptop's settings change nothing.
ENV = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
}
_SHA = re.compile(r"[0-9a-f]{40}")
_SHORT = re.compile(r"[0-9a-f]{7,39}")
#: What no name of a ref holds, and what git would take as an expression.
_NOT_A_NAME = re.compile(r"[~^: \\*?\[]|@\{|\.\.")
_FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x1e"


@dataclass(frozen=True)
class Who:
    """A name in a commit; ``date`` is ISO 8601 with its offset."""

    name: str
    email: str
    date: str


@dataclass(frozen=True)
class CommitData:
    """A commit."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Who
    committer: Who
    message: str


@dataclass(frozen=True)
class Entry:
    """One entry of a tree: ``kind`` is blob, tree or commit; ``size`` in bytes, -1 when it has none."""

    mode: str
    kind: str
    sha: str
    path: str
    size: int = -1


@dataclass(frozen=True)
class TagData:
    """An annotated tag object."""

    sha: str
    name: str
    target: str
    kind: str
    message: str
    tagger: Who


@dataclass(frozen=True)
class FileChange:
    """One file of a difference. ``status``: added, removed, modified or renamed; ``patch`` is empty for binary files."""

    path: str
    status: str
    sha: str
    additions: int
    deletions: int
    previous: str = ""
    patch: str = ""


class Reading:
    """The reading half of :class:`wardround.sandbox.repositories.Bare`."""

    path: Path

    def git(self, *args: str, stdin: str | None = None, env: dict[str, str] | None = None) -> Finished:
        """Runs ``git`` here; the answer's code is the caller's to judge."""
        return run(Command(["git", *args], cwd=self.path, stdin=stdin, env={**ENV, **(env or {})}, timeout=120))

    def must(self, *args: str, stdin: str | None = None, env: dict[str, str] | None = None) -> str:
        """Runs ``git`` here and gives what it printed; a failure is explained."""
        done = self.git(*args, stdin=stdin, env=env)
        if not done.ok:
            raise EnvironmentFailure(
                f"git {args[0]} failed in the sandbox", where=str(self.path), found=done.err.strip()[:500]
            )
        return done.out

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """Full ref names below ``prefix`` and the objects (not peeled) that they point to, sorted."""
        out = self.must("for-each-ref", "--format=%(refname) %(objectname)", prefix)
        return {name: sha for line in out.splitlines() for name, _, sha in [line.partition(" ")]}

    def merged_refs(self, prefix: str, commit: str) -> tuple[str, ...]:
        """The refs below ``prefix`` whose commits ``commit`` reaches."""
        return tuple(self.must("for-each-ref", "--format=%(refname)", f"--merged={commit}", prefix).split())

    def ref(self, name: str) -> str | None:
        """The object at the full ref ``name``, or None."""
        done = self.git("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        return done.out.strip() if done.ok and name.startswith("refs/") else None

    def branch(self, name: str) -> str | None:
        """The tip of a branch, or None."""
        return self.ref(f"refs/heads/{name}")

    def resolve(self, revision: str) -> str | None:
        """The commit that a branch, tag, full ref or sha stands for, in that order; None when there is none."""
        if not revision or revision.startswith("-") or _NOT_A_NAME.search(revision):
            return None
        if _SHA.fullmatch(revision):
            names = [revision]  # no branch or tag may be called so
        else:
            names = [f"refs/heads/{revision}", f"refs/tags/{revision}"]
            if revision.startswith(("heads/", "tags/")):
                names.append(f"refs/{revision}")
            if revision == "HEAD" or revision.startswith("refs/") or _SHORT.fullmatch(revision):
                names.append(revision)
        for name in names:
            done = self.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
            if done.ok:
                return done.out.strip()
        return None

    def kind(self, sha: str) -> str:
        """blob, tree, commit or tag; empty when there is no such object."""
        done = self.git("cat-file", "-t", sha) if _SHA.fullmatch(sha) else None
        return done.out.strip() if done is not None and done.ok else ""

    def commit(self, revision: str) -> CommitData | None:
        """The commit that ``revision`` stands for."""
        sha = self.resolve(revision)
        found = _commits(self.must("log", "-1", f"--format={_FORMAT}", sha)) if sha else ()
        return found[0] if found else None

    def log(self, head: str, *, exclude: str = "", path: str = "", limit: int = 250) -> tuple[CommitData, ...]:
        """Commits that ``head`` reaches and ``exclude`` does not, newest first."""
        args = [head, *([f"^{exclude}"] if exclude else []), "--", *([path] if path else [])]
        return _commits(self.must("log", f"-{limit}", "--topo-order", f"--format={_FORMAT}", *args))

    def count(self, head: str, exclude: str) -> int:
        """How many commits ``head`` reaches and ``exclude`` does not."""
        return int(self.must("rev-list", "--count", head, f"^{exclude}"))

    def entries(self, tree: str, *, recursive: bool = False) -> tuple[Entry, ...]:
        """What the tree (or a commit's tree, or ``commit:directory``) holds."""
        flags = ["-r", "-t"] if recursive else []
        done = self.git("ls-tree", "-z", "-l", *flags, "--end-of-options", tree)
        return tuple(_entry(line) for line in done.out.split("\0") if line) if done.ok else ()

    def entry(self, revision: str, path: str) -> Entry | None:
        """The entry at ``path`` in a revision, or None."""
        done = self.git("ls-tree", "-z", "-l", revision, "--", path.strip("/"))
        lines = [line for line in done.out.split("\0") if line] if done.ok else []
        return _entry(lines[0]) if len(lines) == 1 else None

    def blob(self, sha: str) -> bytes | None:
        """The bytes of a blob, or None."""
        if not _SHA.fullmatch(sha):
            return None
        with tempfile.TemporaryFile() as sink:
            done = run_files(Command(["git", "cat-file", "blob", sha], cwd=self.path, env=ENV, timeout=120), None, sink)
            sink.seek(0)
            return sink.read() if done.ok else None

    def file(self, revision: str, path: str) -> bytes | None:
        """The bytes of a file in a revision, or None."""
        commit = self.resolve(revision)
        entry = self.entry(commit, path) if commit else None
        return self.blob(entry.sha) if entry is not None and entry.kind == "blob" else None

    def tag(self, sha: str) -> TagData | None:
        """An annotated tag object, or None."""
        if self.kind(sha) != "tag":
            return None
        head, _, message = self.must("cat-file", "tag", sha).partition("\n\n")
        fields = dict(line.partition(" ")[::2] for line in head.splitlines())
        who = re.match(r"(.*) <(.*)> (\d+) ([+-]\d{4})$", fields.get("tagger", ""))
        tagger = Who(who[1], who[2], _iso(int(who[3]))) if who else Who("", "", _iso(0))
        return TagData(sha, fields["tag"], fields["object"], fields["type"], message.removesuffix("\n"), tagger)

    def merge_base(self, first: str, second: str) -> str | None:
        """The best common ancestor, or None when the histories share nothing."""
        done = self.git("merge-base", first, second)
        return done.out.strip() if done.ok else None

    def is_ancestor(self, ancestor: str, of: str) -> bool:
        """Whether ``of`` reaches ``ancestor``."""
        return self.git("merge-base", "--is-ancestor", ancestor, of).ok

    def diff(self, base: str, head: str) -> tuple[FileChange, ...]:
        """What changes from ``base`` to ``head`` (the two trees as they are: give a merge base for three-dot)."""
        from wardround.sandbox.gitdiff import parse

        raw = self.must("diff-tree", "-r", "-z", "-M", "--raw", "--numstat", "--no-commit-id", base, head)
        patch = self.must("-c", "core.quotePath=false", "diff-tree", "-r", "-M", "-p", "--no-commit-id", base, head)
        return parse(raw, patch)


def _commits(out: str) -> tuple[CommitData, ...]:
    found = []
    for record in out.split("\x1e"):
        parts = record.lstrip("\n").split("\0")
        if len(parts) == 10:
            sha, tree, parents, name, mail, date, committer, cmail, cdate, message = parts
            who, by = Who(name, mail, date), Who(committer, cmail, cdate)
            found.append(CommitData(sha, tree, tuple(parents.split()), who, by, message.rstrip("\n")))
    return tuple(found)


def _entry(line: str) -> Entry:
    facts, _, path = line.partition("\t")
    mode, kind, sha, size = facts.split()
    return Entry(mode, kind, sha, path, -1 if size == "-" else int(size))


def _iso(seconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
