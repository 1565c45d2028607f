"""What a trace stands on: the repository, its tags as they count, its ledger, and the files that are here. Each read once."""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.flows.ledger.reading import anchors_of, files, read
from wardround.flows.registry import Shown, registry
from wardround.flows.trace.objects import Objects
from wardround.ledger.glance import Glance
from wardround.ledger.lineage import Proof
from wardround.proc import Command, run
from wardround.project.params import Params
from wardround.project.params import parse as parse_params
from wardround.registry import tags
from wardround.revision import lock as locks
from wardround.revision.branch import commit_object, contents, listed
from wardround.revision.git import Git

if TYPE_CHECKING:
    from wardround.flows.trace.objects import Kept
    from wardround.ledger import Anchor, Ledger
    from wardround.project.layout import Project

#: What is known of a link, in the form that :meth:`Lineage.link` takes.
Seen = tuple[Proof, str]


@dataclass
class Ground:
    """A project in a clone."""

    project: Project
    _files: dict[tuple[str, str], bytes | None] = field(default_factory=dict)

    @cached_property
    def git(self) -> Git:
        """The repository, seen from the project."""
        return Git(self.project.root)

    @cached_property
    def shown(self) -> Shown:
        """Versions and stages as they count."""
        (found,) = registry(self.project.root, self.name, self._tags)
        return found

    @cached_property
    def _tags(self) -> tuple[tags.Tag, ...]:
        return tags.read(self.git.root)

    @property
    def name(self) -> str:
        """The project's."""
        return self.project.params.project.name

    @cached_property
    def ledger(self) -> Ledger:
        """All entries that this clone knows."""
        return read(self.git).ledger

    @cached_property
    def anchors(self) -> tuple[Anchor, ...]:
        """The tags that name heads of the ledger."""
        return anchors_of(self._tags)

    @cached_property
    def glance(self) -> Glance:
        """The same entries, of which only those that are asked for are looked at."""
        return Glance(self._entries.result(), self.anchors)

    @cached_property
    def _entries(self) -> Future[list[tuple[str, bytes]]]:
        """The ledger's files, read by git while something else is done here."""
        pool = ThreadPoolExecutor(1)
        found = pool.submit(files, Git(self.project.root))
        pool.shutdown(wait=False)
        return found

    def begin(self) -> Ground:
        """Starts the reading of the ledger."""
        _ = self._entries
        return self

    @cached_property
    def objects(self) -> Objects:
        """Files by their digest."""
        return Objects(self.project.root, self.name, self.project.params.review.remote)

    @cached_property
    def trusted(self) -> bytes | None:
        """The public keys whose signatures count here."""
        for place in (self.project.root, self.git.root):
            path = place / "governance" / "release.pub"
            if path.is_file():
                return path.read_bytes()
        return None

    def file(self, commit: str, path: str) -> bytes | None:
        """A file of the project at a commit."""
        if (commit, path) not in self._files:
            self._files[commit, path] = self.git.file(commit, path)
        return self._files[commit, path]

    def params(self, commit: str) -> Params | None:
        """The params of a commit; None where they cannot be read."""
        from wardround.errors import UsageError

        content = self.file(commit, "params.yaml")
        try:
            return parse_params(content.decode("utf-8", "replace")) if content is not None else None
        except UsageError:
            return None

    def lock(self, commit: str) -> locks.Lock | None:
        """``dvc.lock`` of a commit; None where there is none that can be read."""
        from wardround.errors import UsageError

        try:
            return locks.parse(self.file(commit, "dvc.lock"))
        except UsageError:
            return None

    def output(self, commit: str, path: str) -> tuple[Kept, str]:
        """An output of the pipeline as the commit's lock names it, and that name."""
        lock = self.lock(commit)
        md5 = lock.digest(path) if lock is not None else ""
        return self.objects.cached(md5), md5

    def locks_with(self, needle: str, commits: list[str]) -> list[str]:
        """Those of the commits whose ``dvc.lock`` holds a text. Two git processes, however many commits there are."""
        place = f"{self.git.prefix}dvc.lock"
        asked = "".join(f"{commit}:{place}\n" for commit in commits)
        done = run(
            Command(["git", "cat-file", "--batch-check=%(objectname)"], cwd=self.git.root, stdin=asked, timeout=300)
        )
        names = [line.split(" ")[0] for line in done.out.splitlines()]
        blobs = sorted({name for name, line in zip(names, done.out.splitlines(), strict=True) if "missing" not in line})
        holding = {
            name for name, content in zip(blobs, contents(self.git, blobs), strict=True) if needle.encode() in content
        }
        return [commit for commit, name in zip(commits, names, strict=True) if name in holding]

    def commit_holds(self, commit: str) -> Seen:
        """Whether a commit's name is the hash of what git keeps under it."""
        raw = commit_object(self.git, commit)
        if raw is None:
            return Proof.UNSEEN, "the commit is not in this clone"
        text = b"commit %d\0" % len(raw) + raw
        made = hashlib.sha256(text) if len(commit) == 64 else hashlib.sha1(text, usedforsecurity=False)
        if made.hexdigest() == commit:
            return Proof.VERIFIED, "the tag points to it, and its name is its hash"
        return Proof.BROKEN, "git keeps something else under this name"

    def subject(self, commit: str) -> str:
        """The digest of what a decision about this commit is about."""
        from wardround.files import sha256_bytes, sha256_json
        from wardround.revision.digest import NOT_SUBJECT

        prefix = self.git.prefix
        files = listed(self.git, commit, prefix or ".")
        wanted = sorted(
            (path.removeprefix(prefix), name)
            for path, name in files
            if not path.removeprefix(prefix).startswith(NOT_SUBJECT)
        )
        found = contents(self.git, (name for _, name in wanted))
        return sha256_json([[path, sha256_bytes(content)] for (path, _), content in zip(wanted, found, strict=True)])


def ground(directory: Path) -> Ground:
    """The ground of the project around a directory; :class:`UsageError` when there is none."""
    from wardround.project.layout import find

    return Ground(find(directory))
