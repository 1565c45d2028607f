"""What is written into a bare repository with ``git``: objects first, then one ref, compared and set."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from wardround.errors import UsageError
from wardround.proc import Command, run_files
from wardround.sandbox.gitread import ENV, Reading, Who

ZERO = "0" * 40


class Writing(Reading):
    """The writing half of :class:`wardround.sandbox.repositories.Bare`."""

    path: Path

    def write_blob(self, content: bytes) -> str:
        """Keeps ``content`` and gives its sha."""
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as sink:
            source.write(content)
            source.seek(0)
            args = ["git", "hash-object", "-w", "--stdin"]
            done = run_files(Command(args, cwd=self.path, env=ENV, timeout=120), source, sink)
            sink.seek(0)
            assert done.ok, done.err
            return sink.read().decode().strip()

    def write_tree(self, entries: Sequence[tuple[str, str, str]], base: str = "") -> str | None:
        """A tree with ``(mode, sha, path)``; an empty sha removes the path. Starts from ``base`` when given.

        Gives None when an entry's object is not there or a path is not acceptable to git.
        """
        with tempfile.TemporaryDirectory() as scratch:
            env = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
            if base and not self.git("read-tree", base, env=env).ok:
                return None
            for mode, sha, path in entries:
                if sha and mode == "040000":
                    if not self.git("read-tree", f"--prefix={path}/", sha, env=env).ok:
                        return None
                    continue
                line = f"{mode} {sha}\t{path}\0" if sha else f"0 {ZERO}\t{path}\0"
                if sha and self.kind(sha) != "blob":
                    return None
                if not self.git("update-index", "-z", "--add", "--index-info", stdin=line, env=env).ok:
                    return None
            done = self.git("write-tree", env=env)
            return done.out.strip() if done.ok else None

    def write_commit(self, tree: str, parents: Sequence[str], message: str, author: Who, committer: Who) -> str:
        """A commit object; no ref moves."""
        named = [part for parent in parents for part in ("-p", parent)]
        env = {**_identity("AUTHOR", author), **_identity("COMMITTER", committer)}
        return self.must("commit-tree", tree, *named, "-F", "-", stdin=message, env=env).strip()

    def write_tag(self, name: str, target: str, message: str, tagger: Who) -> str | None:
        """An annotated tag object; no ref is made. None when git finds the tag not well-formed."""
        kind = self.kind(target)
        if not kind:
            return None
        seconds = int(_parse(tagger.date))
        text = f"object {target}\ntype {kind}\ntag {name}\ntagger {tagger.name} <{tagger.email}> {seconds} +0000\n\n{message}\n"
        done = self.git("mktag", stdin=text)
        return done.out.strip() if done.ok else None

    def move(self, ref: str, new: str, old: str | None) -> bool:
        """Points ``ref`` to ``new`` if it is at ``old`` (None: it does not exist yet). False when it is not."""
        return self.git("update-ref", ref, new, old or ZERO).ok

    def set(self, ref: str, new: str) -> None:
        """Points ``ref`` to ``new`` whatever it was."""
        self.must("update-ref", ref, new)

    def delete(self, ref: str, old: str | None = None) -> bool:
        """Removes ``ref`` (if it is at ``old``, when given)."""
        return self.git("update-ref", "-d", ref, *([old] if old else [])).ok

    def acceptable(self, ref: str) -> bool:
        """Whether git takes ``ref`` as the name of a ref."""
        return ref.startswith("refs/") and ref.count("/") >= 2 and self.git("check-ref-format", ref).ok

    def fetch(self, source: Path, theirs: str, ours: str) -> None:
        """Copies ``theirs`` of the repository at ``source`` to ``ours``, forced."""
        done = self.git("fetch", "-q", "--no-tags", "--update-head-ok", str(source), f"+{theirs}:{ours}")
        if not done.ok:
            raise UsageError(
                "this is not a git repository that can be copied",
                where=str(source),
                found=done.err.strip()[:500],
                next="give a directory with a git repository and at least one commit",
            )

    def merge(self, base: str, head: str, message: str, who: Who) -> str | None:
        """A merge commit with the parents ``base`` and ``head``, or None on conflict. No ref moves."""
        done = self.git("merge-tree", "--write-tree", "--no-messages", base, head)
        if not done.ok:
            return None
        return self.write_commit(done.out.split()[0], (base, head), message, who, who)


def _identity(role: str, who: Who) -> Mapping[str, str]:
    return {f"GIT_{role}_NAME": who.name, f"GIT_{role}_EMAIL": who.email, f"GIT_{role}_DATE": who.date}


def _parse(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()
