"""Bare git repositories of the sandbox, one directory each (``OWNER/NAME.git``), worked on by the program ``git``.

How to use it::

    bare = repositories.open("acme/ml")                 # or create("acme/ml", from_path=some_checkout)
    bare.refs("refs/heads/")                            # {"refs/heads/main": sha, …}
    bare.resolve("main")                                # the commit that a name or sha stands for, or None
    bare.commit(sha), bare.log(head, exclude=base)      # CommitData
    bare.file("main", "params.yaml")                    # bytes or None; entries(tree) lists a tree
    bare.merge_base(a, b), bare.diff(a, b)              # FileChange with patch and counts
    bare.merge(base, head, message, who)                # a merge commit's sha, or None on conflict; moves no ref
    bare.write_blob / write_tree / write_commit / write_tag
    bare.move(ref, new, old)                            # compare-and-set; False when ref was not at `old`
    bare.fetch(other, "refs/heads/x", "refs/pull/1/head")

Nothing here knows of users, tokens or events: ``operations`` does. Callers that compare and then write hold the
repository's lock (``world.lock(full_name)``).
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from wardround.errors import UsageError
from wardround.proc import Command, run
from wardround.sandbox.gitwrite import Writing

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
#: Run by git for every ref of a push: what the server put on the list is refused in the words that GitHub uses.
_UPDATE_HOOK = """#!/bin/sh
case "$WARDROUND_PROTECTED" in
*"<$1>"*) echo "error: GH013: Repository rule violations found for $1." >&2; exit 1 ;;
esac
case "$WARDROUND_FORWARD" in
*"<$1>"*)
    if ! git merge-base --is-ancestor "$2" "$3"; then
        echo "error: GH013: Cannot force-push to $1." >&2; exit 1
    fi ;;
esac
if [ -n "$WARDROUND_NO_WORKFLOWS" ] && [ "$3" != 0000000000000000000000000000000000000000 ]; then
    new=$(git rev-list "$3" --not --all -- .github/workflows | head -n 1)
    if [ -n "$new" ]; then
        echo "error: refusing to allow a GitHub App to create or update workflow without \\`workflows\\` permission" >&2
        exit 1
    fi
fi
exit 0
"""
_SETTINGS = {
    "http.receivepack": "true",
    "core.logAllRefUpdates": "true",
    "receive.hideRefs": "refs/pull",
    "uploadpack.allowAnySHA1InWant": "true",
    "uploadpack.allowFilter": "true",
    "gc.auto": "0",
    "core.hooksPath": "hooks",
}


@dataclass(frozen=True)
class Bare(Writing):
    """One bare repository; ``path`` is its directory."""

    path: Path


class Repositories:
    """All bare repositories below ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def path(self, full_name: str) -> Path:
        """Where the repository ``owner/name`` lies, whether or not it is there. Refuses names that leave ``root``."""
        parts = full_name.split("/")
        if len(parts) != 2 or not all(_NAME.fullmatch(part) for part in parts):
            raise UsageError(
                "a repository is named owner/name, in letters, digits, dots, dashes and underscores",
                found=full_name,
                next="choose another name",
            )
        return self.root / parts[0] / f"{parts[1]}.git"

    def open(self, full_name: str) -> Bare:
        """The repository ``full_name``; it must be there."""
        return Bare(self.path(full_name))

    def create(self, full_name: str, *, default_branch: str = "main", from_path: Path | None = None) -> Bare:
        """A new repository; with ``from_path``, the branches and tags of that git repository."""
        path = self.path(full_name)
        if path.exists():
            shutil.rmtree(path)  # left by a process that was killed before it recorded the repository
        path.parent.mkdir(parents=True, exist_ok=True)
        bare = Bare(path)
        _must(Command(["git", "init", "-q", "--bare", f"--initial-branch={default_branch}", str(path)], timeout=60))
        for key, value in _SETTINGS.items():
            _must(Command(["git", "config", key, value], cwd=path, timeout=60))
        hook = path / "hooks" / "update"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(_UPDATE_HOOK, encoding="utf-8")
        hook.chmod(0o755)
        if from_path is not None:
            bare.fetch(from_path, "refs/heads/*", "refs/heads/*")
            bare.fetch(from_path, "refs/tags/*", "refs/tags/*")
        return bare


def _must(command: Command) -> None:
    done = run(command)
    if not done.ok:
        raise UsageError(
            "git could not make the repository", where=str(command.cwd or ""), found=done.err.strip()[:500]
        )
