"""Commits, files and branches, and committing through the API."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from wardround.forge import reading
from wardround.forge.base import Part, quoted
from wardround.forge.calls import understood
from wardround.forge.errors import CouldNotCheck, NotThere, Refused
from wardround.forge.values import Commit, Difference, FileCommit

#: GitHub names at most so many files of a comparison.
_FILES = 300


class CommitsPart(Part):
    """Reading commits and adding one without force."""

    def compare(self, base: str, head: str) -> Difference | None:
        """Two commits compared, or None when one is not there."""
        # one commit a page: only the counts and the files, which come with the first page, are wanted
        raw = self._found(f"/compare/{quoted(base)}...{quoted(head)}", per_page=1)
        if raw is None:
            return None
        with understood("the comparison"):
            files = tuple(map(reading.file, raw.get("files") or ()))
            return Difference(
                merge_base=str(raw["merge_base_commit"]["sha"]),
                ahead=int(raw["ahead_by"]),
                behind=int(raw["behind_by"]),
                files=files,
                complete=len(files) < _FILES,
            )

    def commit(self, sha: str) -> Commit | None:
        """A commit, or None."""
        raw = self._found(f"/commits/{quoted(sha)}", per_page=1)
        with understood("the commit"):
            return None if raw is None else reading.commit(raw)

    def _found(self, path: str, **query: Any) -> Any:
        """GitHub answers 404 or 422 for a commit that it does not have."""
        try:
            return self._calls.read(self._root + path, **query)
        except Refused:
            return None

    def read_file(self, path: str, ref: str) -> bytes | None:
        """A file at a branch, tag or commit, or None; a directory, link or submodule is no file."""
        raw = self._calls.read_or_none(f"{self._root}/contents/{quoted(path)}", ref=ref)
        if not isinstance(raw, Mapping) or raw.get("type") != "file":
            return None
        with understood(path):
            if raw["encoding"] == "none":  # above 1 MB the content is not in this answer
                raw = self._calls.read(f"{self._root}/git/blobs/{quoted(str(raw['sha']))}")
            return base64.b64decode(raw["content"])

    def branch(self, name: str) -> str | None:
        """The commit at a branch's tip, or None."""
        raw = self._calls.read_or_none(f"{self._root}/git/ref/heads/{quoted(name)}")
        with understood("the branch"):
            return None if raw is None else str(raw["object"]["sha"])

    def listing(self, ref: str) -> tuple[str, ...]:
        """The paths of all files at a branch, tag or commit, sorted; none when it is not there."""
        raw = self._found(f"/git/trees/{quoted(ref)}", recursive=1)
        if raw is None:
            return ()
        with understood("the tree"):
            if raw.get("truncated"):
                raise CouldNotCheck("the forge does not name all files: there are too many", where=ref)
            return tuple(sorted(str(item["path"]) for item in raw["tree"] if item["type"] == "blob"))

    def create_branch(self, name: str, sha: str) -> None:
        """Makes a branch; :class:`Refused` when there is one at another commit."""
        quoted(name)
        body = {"ref": f"refs/heads/{name}", "sha": sha}
        try:
            self._calls.change(
                "POST", f"{self._root}/git/refs", body, look=lambda: True if self.branch(name) == sha else None
            )
        except Refused:
            there = self.branch(name)
            if there == sha:
                return
            if there is None:
                raise
            raise Refused(
                "the branch is there already, at another commit", where=name, wanted=sha, found=there
            ) from None

    def commit_files(self, spec: FileCommit) -> str:
        """The commit with those files, now the branch's tip; :class:`Refused` when the branch has moved. Never forced."""
        tip = self.branch(spec.branch)
        if tip is None and not spec.create:
            raise NotThere("the branch is not there", where=spec.branch, next="it was deleted: nothing to commit to")
        parent = self._built_on(spec.parent) if spec.parent else None
        below = self._built_on(spec.onto) if spec.onto else parent
        tree = self._tree(below.tree if below else "", spec.files)
        if tip is not None and tip != spec.parent:
            return self._own_commit(tip, tree, spec)
        if parent is not None and tree == parent.tree and not spec.onto:
            made = spec.parent
        else:
            body = {"message": spec.message, "tree": tree, "parents": _parents(spec)}
            # a commit without a reference is not seen by anybody, so making it twice does no harm
            raw = self._calls.change("POST", f"{self._root}/git/commits", body)
            with understood("the new commit"):
                made = str(raw["sha"])
        if tip is None:
            self.create_branch(spec.branch, made)
        elif made != tip:
            self._calls.change(
                "PATCH",
                f"{self._root}/git/refs/heads/{quoted(spec.branch)}",
                {"sha": made, "force": False},
                look=lambda: True if self.branch(spec.branch) == made else None,
            )
        return made

    def _built_on(self, sha: str) -> Commit:
        found = self.commit(sha)
        if found is None:
            raise NotThere("the commit to build on is not there", where=sha)
        return found

    def _own_commit(self, tip: str, tree: str, spec: FileCommit) -> str:
        """The tip, when an earlier try of the same commit made it."""
        there = self.commit(tip)
        same = there is not None and list(there.parents) == _parents(spec) and there.tree == tree
        if same and there is not None and there.message.strip() == spec.message.strip():
            return tip
        raise Refused(
            "the branch has moved",
            where=spec.branch,
            wanted=f"its tip at {spec.parent}",
            found=tip,
            next="the run for the new tip will commit, if there is still something to commit",
        )

    def _tree(self, base: str, files: Mapping[str, bytes | None]) -> str:
        entries = [self._entry(path, content) for path, content in sorted(files.items())]
        body = {"base_tree": base, "tree": entries} if base else {"tree": entries}
        raw = self._calls.change("POST", f"{self._root}/git/trees", body)
        with understood("the new tree"):
            return str(raw["sha"])

    def _entry(self, path: str, content: bytes | None) -> dict[str, Any]:
        quoted(path)
        entry: dict[str, Any] = {"path": path, "mode": "100644", "type": "blob"}
        if content is None:
            return {**entry, "sha": None}
        text = _as_text(content)
        if text is not None:
            return {**entry, "content": text}
        body = {"content": base64.b64encode(content).decode(), "encoding": "base64"}
        raw = self._calls.change("POST", f"{self._root}/git/blobs", body)
        with understood("the new blob"):
            return {**entry, "sha": str(raw["sha"])}


def _parents(spec: FileCommit) -> list[str]:
    return [sha for sha in (spec.parent, spec.onto) if sha]


def _as_text(content: bytes) -> str | None:
    """Text goes into the tree's own request, which saves a call for each file."""
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None
