"""Commits, trees, refs, files and comparisons as GitHub writes them."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from wardround.sandbox.api.shapes_repository import simple_user
from wardround.sandbox.api.view import View, node_id
from wardround.sandbox.gitread import CommitData, Entry, FileChange, TagData, Who
from wardround.sandbox.model import Comment, User
from wardround.sandbox.repositories import Bare

_UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}
#: How mail addresses of the sandbox's own commits end; ``LOGIN`` comes before it.
MAIL = "@users.noreply.sandbox"


def who_shape(who: Who) -> dict[str, Any]:
    """A name in a commit."""
    return {"name": who.name, "email": who.email, "date": who.date}


def author_of(view: View, who: Who) -> dict[str, Any] | None:
    """The user that a commit's name stands for: by the sandbox's own address, or by name; None when nobody."""
    for login in (who.email.removesuffix(MAIL), who.name):
        if view.world.store.get(User, "", login) is not None:
            return simple_user(view, login)
    return None


def commit_shape(view: View, full_name: str, commit: CommitData) -> dict[str, Any]:
    """A commit as lists hold it."""
    own = view.api("repos", full_name, "commits", commit.sha)
    return {
        "sha": commit.sha,
        "node_id": node_id("Commit", commit.sha),
        "url": own,
        "html_url": view.html(full_name, "commit", commit.sha),
        "comments_url": f"{own}/comments",
        "commit": {
            "url": view.api("repos", full_name, "git/commits", commit.sha),
            "author": who_shape(commit.author),
            "committer": who_shape(commit.committer),
            "message": commit.message,
            "comment_count": len(view.world.store.find(Comment, full_name, sha=commit.sha)),
            "tree": {"sha": commit.tree, "url": view.api("repos", full_name, "git/trees", commit.tree)},
            "verification": _UNSIGNED,
        },
        "author": author_of(view, commit.author),
        "committer": author_of(view, commit.committer),
        "parents": [_parent(view, full_name, sha, "commits") for sha in commit.parents],
    }


def full_commit(view: View, full_name: str, bare: Bare, commit: CommitData) -> dict[str, Any]:
    """A commit with its files and counts, against its first parent."""
    empty = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    changes = bare.diff(commit.parents[0] if commit.parents else empty, commit.sha)
    added, deleted = sum(item.additions for item in changes), sum(item.deletions for item in changes)
    return {
        **commit_shape(view, full_name, commit),
        "stats": {"additions": added, "deletions": deleted, "total": added + deleted},
        "files": [change_shape(view, full_name, commit.sha, item) for item in changes],
    }


def _parent(view: View, full_name: str, sha: str, kind: str) -> dict[str, Any]:
    return {
        "sha": sha,
        "url": view.api("repos", full_name, kind, sha),
        "html_url": view.html(full_name, "commit", sha),
    }


def git_commit_shape(view: View, full_name: str, commit: CommitData) -> dict[str, Any]:
    """A commit object."""
    return {
        "sha": commit.sha,
        "node_id": node_id("Commit", commit.sha),
        "url": view.api("repos", full_name, "git/commits", commit.sha),
        "html_url": view.html(full_name, "commit", commit.sha),
        "author": who_shape(commit.author),
        "committer": who_shape(commit.committer),
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": view.api("repos", full_name, "git/trees", commit.tree)},
        "parents": [_parent(view, full_name, sha, "git/commits") for sha in commit.parents],
        "verification": _UNSIGNED,
    }


def change_shape(view: View, full_name: str, head: str, change: FileChange) -> dict[str, Any]:
    """One file of a difference."""
    shape = {
        "sha": None if change.status == "removed" else change.sha,
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": view.html(full_name, "blob", head, change.path),
        "raw_url": view.html(full_name, "raw", head, change.path),
        "contents_url": view.api("repos", full_name, "contents", change.path) + f"?ref={head}",
    }
    if change.patch:
        shape["patch"] = change.patch
    if change.previous:
        shape["previous_filename"] = change.previous
    return shape


def ref_shape(view: View, full_name: str, bare: Bare, name: str, sha: str) -> dict[str, Any]:
    """A ref and the object it points to."""
    kind = bare.kind(sha)
    return {
        "ref": name,
        "node_id": node_id("Ref", name),
        "url": view.api("repos", full_name, "git", name),
        "object": {"type": kind, "sha": sha, "url": view.api("repos", full_name, f"git/{kind}s", sha)},
    }


def tag_shape(view: View, full_name: str, tag: TagData) -> dict[str, Any]:
    """An annotated tag object."""
    return {
        "node_id": node_id("Tag", tag.sha),
        "sha": tag.sha,
        "url": view.api("repos", full_name, "git/tags", tag.sha),
        "tag": tag.name,
        "message": tag.message,
        "tagger": who_shape(tag.tagger),
        "object": {
            "sha": tag.target,
            "type": tag.kind,
            "url": view.api("repos", full_name, f"git/{tag.kind}s", tag.target),
        },
        "verification": _UNSIGNED,
    }


def tree_shape(view: View, full_name: str, sha: str, entries: tuple[Entry, ...]) -> dict[str, Any]:
    """A tree object."""
    return {
        "sha": sha,
        "url": view.api("repos", full_name, "git/trees", sha),
        "truncated": False,
        "tree": [
            {
                "path": entry.path,
                "mode": entry.mode,
                "type": entry.kind,
                "sha": entry.sha,
                "url": view.api("repos", full_name, f"git/{entry.kind}s", entry.sha),
                **({"size": entry.size} if entry.size >= 0 else {}),
            }
            for entry in entries
        ],
    }


def content_shape(view: View, full_name: str, ref: str, path: str, entry: Entry) -> dict[str, Any]:
    """A file or directory, without its content."""
    asked = f"?ref={quote(ref)}"
    own = view.api("repos", full_name, "contents", path) + asked
    git = view.api("repos", full_name, f"git/{entry.kind}s", entry.sha)
    page = view.html(full_name, "tree" if entry.kind == "tree" else "blob", ref, path)
    is_file = entry.kind == "blob"
    return {
        "type": "file" if is_file else "dir",
        "size": max(entry.size, 0),
        "name": path.rsplit("/", maxsplit=1)[-1],
        "path": path,
        "sha": entry.sha,
        "url": own,
        "git_url": git,
        "html_url": page,
        "download_url": view.html(full_name, "raw", ref, path) if is_file else None,
        "_links": {"self": own, "git": git, "html": page},
    }


def with_content(shape: dict[str, Any], content: bytes) -> dict[str, Any]:
    """A file with its content, as GitHub sends up to one mebibyte; more has the encoding ``none``."""
    if len(content) > 1 << 20:
        return {**shape, "encoding": "none", "content": ""}
    return {**shape, "encoding": "base64", "content": base64.encodebytes(content).decode()}
