"""Calls about files on a branch: read, write and remove one."""

from __future__ import annotations

import base64
import binascii

from wardround.sandbox.api.routing import Answer, Call, route
from wardround.sandbox.api.shapes_git import content_shape, git_commit_shape, with_content
from wardround.sandbox.events import Move
from wardround.sandbox.gitread import Entry
from wardround.sandbox.operations import check_move, identity, moved
from wardround.sandbox.refusal import Refusal, missing

_PATH = "/repos/{owner}/{repo}/contents/{path}"


@route("GET", _PATH)
def content(call: Call) -> Answer:
    """A file with its content, or a directory's entries; ``application/vnd.github.raw`` gets the bytes alone."""
    bare, path = call.bare, call.params["path"].strip("/")
    ref = call.query.get("ref") or call.repository.default_branch
    commit = bare.resolve(ref)
    if commit is None:
        raise Refusal(404, f"No commit found for the ref {ref}")
    entry = bare.entry(commit, path) if path else None
    if entry is not None and entry.kind == "blob":
        data = bare.blob(entry.sha) or b""
        if "raw" in call.query.get("_accept", ""):
            return Answer(200, raw=data)
        return Answer(200, with_content(content_shape(call.view, call.name, ref, path, entry), data))
    if path and entry is None:
        raise missing()
    found = bare.entries(f"{commit}:{path}" if path else commit)
    shapes = [content_shape(call.view, call.name, ref, f"{path}/{item.path}".strip("/"), item) for item in found]
    return Answer(200, shapes)


def _write(call: Call, data: bytes | None) -> Answer:
    bare, path, body = call.bare, call.params["path"].strip("/"), call.body
    branch = body.get("branch") or call.repository.default_branch
    with call.world.lock(call.name):
        tip = bare.branch(branch)
        if tip is None:
            raise Refusal(404, f"Branch {branch} not found")
        old = bare.entry(tip, path)
        if old is not None and body.get("sha") != old.sha:
            raise (
                Refusal(409, f"{path} does not match {body.get('sha')}")
                if body.get("sha")
                else Refusal(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
            )
        if old is None and data is None:
            raise missing()
        blob = "" if data is None else bare.write_blob(data)
        tree = bare.write_tree([("100644", blob, path)], tip)
        if tree is None:
            raise Refusal(422, "path contains a malformed path component")
        who = identity(call.world, call.login)
        sha = bare.write_commit(tree, (tip,), body["message"], who, who)
        move = Move(f"refs/heads/{branch}", tip, sha)
        check_move(call.world, call.repository, call.actor, move)
        if not bare.move(move.ref, sha, tip):
            raise Refusal(409, "is at a different commit")
        moved(call.world, call.repository, call.actor, move)
    commit = bare.commit(sha)
    assert commit is not None
    shape = None
    if data is not None:
        shape = content_shape(call.view, call.name, branch, path, Entry("100644", "blob", blob, path, len(data)))
    answer = {"content": shape, "commit": git_commit_shape(call.view, call.name, commit)}
    return Answer(201 if old is None else 200, answer)


@route("PUT", _PATH)
def write(call: Call) -> Answer:
    """Writes a file as one commit."""
    try:
        data = base64.b64decode(call.body["content"], validate=False)
    except binascii.Error as error:
        raise Refusal(422, "content is not valid Base64") from error
    return _write(call, data)


@route("DELETE", _PATH)
def remove(call: Call) -> Answer:
    """Removes a file as one commit."""
    return _write(call, None)
