"""Calls about git's own objects and refs: what a file commit and a tag through the API are made of."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from wardround.sandbox.api.routing import Answer, Call, listed, route
from wardround.sandbox.api.shapes_git import git_commit_shape, ref_shape, tag_shape, tree_shape
from wardround.sandbox.api.view import node_id
from wardround.sandbox.events import Move
from wardround.sandbox.gitread import Who
from wardround.sandbox.gitwrite import ZERO
from wardround.sandbox.operations import check_move, identity, moved
from wardround.sandbox.refusal import Refusal, invalid, missing

_GIT = "/repos/{owner}/{repo}/git"
#: Refs that the API changes; pull requests' own are the sandbox's.
_OWN = ("refs/heads/", "refs/tags/")


def _full(text: str) -> str:
    return text if text.startswith("refs/") else f"refs/{text}"


@route("GET", _GIT + "/ref/{ref}")
def one_ref(call: Call) -> Answer:
    """A ref."""
    name = _full(call.params["ref"])
    sha = call.bare.refs(name).get(name)
    if sha is None:
        raise missing()
    return Answer(200, ref_shape(call.view, call.name, call.bare, name, sha))


@route("GET", _GIT + "/matching-refs/{ref}")
def matching_refs(call: Call) -> Answer:
    """The refs that start with a text."""
    start = _full(call.params["ref"])
    found = [item for item in call.bare.refs().items() if item[0].startswith(start)]
    return listed(call, found, lambda item: ref_shape(call.view, call.name, call.bare, *item))


def _moved(call: Call, move: Move) -> None:
    moved(call.world, call.repository, call.actor, move)


@route("POST", _GIT + "/refs")
def create_ref(call: Call) -> Answer:
    """A new branch or tag; 422 when it is there already."""
    name, sha = str(call.body["ref"]), str(call.body["sha"])
    bare = call.bare
    if not name.startswith(_OWN) or not bare.acceptable(name):
        raise Refusal(422, f"{name} is not a valid ref name.")
    kind = bare.kind(sha)
    if not kind or (name.startswith("refs/heads/") and kind != "commit"):
        raise Refusal(422, "Object does not exist")
    with call.world.lock(call.name):
        move = Move(name, ZERO, sha)
        check_move(call.world, call.repository, call.actor, move)
        if not bare.move(name, sha, None):
            raise Refusal(422, "Reference already exists")
        _moved(call, move)
    return Answer(
        201,
        ref_shape(call.view, call.name, bare, name, sha),
        {"location": call.view.api("repos", call.name, "git", name)},
    )


@route("PATCH", _GIT + "/refs/{ref}")
def update_ref(call: Call) -> Answer:
    """Moves a ref; without ``force`` only forward."""
    name, sha = _full(call.params["ref"]), str(call.body["sha"])
    bare = call.bare
    with call.world.lock(call.name):
        old = bare.refs(name).get(name)
        if old is None or not name.startswith(_OWN):
            raise Refusal(422, "Reference does not exist")
        if not bare.kind(sha) or (name.startswith("refs/heads/") and bare.kind(sha) != "commit"):
            raise Refusal(422, "Object does not exist")
        if not call.body.get("force") and not bare.is_ancestor(old, sha):
            raise Refusal(422, "Update is not a fast forward")
        move = Move(name, old, sha)
        if sha != old:
            check_move(call.world, call.repository, call.actor, move)
            if not bare.move(name, sha, old):
                raise Refusal(409, "Reference cannot be updated")
            _moved(call, move)
    return Answer(200, ref_shape(call.view, call.name, bare, name, sha))


@route("DELETE", _GIT + "/refs/{ref}")
def delete_ref(call: Call) -> Answer:
    """Removes a branch or tag."""
    name = _full(call.params["ref"])
    with call.world.lock(call.name):
        old = call.bare.refs(name).get(name)
        if old is None or not name.startswith(_OWN):
            raise Refusal(422, "Reference does not exist")
        move = Move(name, old, ZERO)
        check_move(call.world, call.repository, call.actor, move)
        call.bare.delete(name, old)
        _moved(call, move)
    return Answer(204)


@route("POST", _GIT + "/blobs")
def create_blob(call: Call) -> Answer:
    """A new blob, from text or base64."""
    content = str(call.body["content"])
    if call.body.get("encoding", "utf-8") == "base64":
        try:
            data = base64.b64decode(content)
        except binascii.Error as error:
            raise Refusal(422, "content is not valid Base64") from error
    else:
        data = content.encode()
    sha = call.bare.write_blob(data)
    return Answer(201, {"url": call.view.api("repos", call.name, "git/blobs", sha), "sha": sha})


@route("GET", _GIT + "/blobs/{file_sha}")
def one_blob(call: Call) -> Answer:
    """A blob, in base64."""
    sha = call.params["file_sha"]
    data = call.bare.blob(sha)
    if data is None:
        raise missing()
    shape = {
        "sha": sha,
        "node_id": node_id("Blob", sha),
        "size": len(data),
        "url": call.view.api("repos", call.name, "git/blobs", sha),
        "content": base64.encodebytes(data).decode(),
        "encoding": "base64",
    }
    return Answer(200, shape)


def _entry(call: Call, sent: dict[str, Any]) -> tuple[str, str, str]:
    if "content" in sent:
        return sent.get("mode", "100644"), call.bare.write_blob(sent["content"].encode()), sent["path"]
    return sent.get("mode", "100644"), sent.get("sha") or "", sent["path"]


@route("POST", _GIT + "/trees")
def create_tree(call: Call) -> Answer:
    """A new tree, on top of ``base_tree`` when given."""
    bare, base = call.bare, call.body.get("base_tree") or ""
    if base and bare.kind(base) not in {"tree", "commit"}:
        raise Refusal(422, "base_tree is not a valid tree")
    if any("path" not in item or item["path"].startswith("/") for item in call.body["tree"]):
        raise Refusal(422, "tree.path is missing or starts with a slash")
    sha = bare.write_tree([_entry(call, item) for item in call.body["tree"]], base)
    if sha is None:
        raise Refusal(422, "tree.sha is not a valid blob, or a path is malformed")
    return Answer(201, tree_shape(call.view, call.name, sha, bare.entries(sha)))


@route("GET", _GIT + "/trees/{tree_sha}")
def one_tree(call: Call) -> Answer:
    """A tree, by its sha or a commit's, branch's or tag's name."""
    asked, bare = call.params["tree_sha"], call.bare
    if bare.kind(asked) == "tree":
        sha = asked
    else:
        commit = bare.commit(asked)
        if commit is None:
            raise missing()
        sha = commit.tree
    found = bare.entries(sha, recursive="recursive" in call.query)
    return Answer(200, tree_shape(call.view, call.name, sha, found))


def _who(sent: dict[str, Any] | None, default: Who) -> Who:
    if not sent:
        return default
    return Who(
        str(sent.get("name", default.name)),
        str(sent.get("email", default.email)),
        str(sent.get("date") or default.date),
    )


@route("POST", _GIT + "/commits")
def create_commit(call: Call) -> Answer:
    """A new commit; moves no ref."""
    bare, body = call.bare, call.body
    parents = tuple(body.get("parents") or ())
    if bare.kind(body["tree"]) != "tree":
        raise Refusal(422, "Tree SHA does not exist")
    if any(bare.kind(parent) != "commit" for parent in parents):
        raise Refusal(422, "Parent SHA does not exist or is not a commit object")
    author = _who(body.get("author"), identity(call.world, call.login))
    committer = _who(body.get("committer"), author)
    sha = bare.write_commit(body["tree"], parents, body["message"], author, committer)
    commit = bare.commit(sha)
    assert commit is not None
    return Answer(201, git_commit_shape(call.view, call.name, commit))


@route("GET", _GIT + "/commits/{commit_sha}")
def one_commit(call: Call) -> Answer:
    """A commit object."""
    commit = call.bare.commit(call.params["commit_sha"])
    if commit is None:
        raise missing()
    return Answer(200, git_commit_shape(call.view, call.name, commit))


@route("POST", _GIT + "/tags")
def create_tag(call: Call) -> Answer:
    """A new annotated tag object; no ref is made."""
    body = call.body
    tagger = _who(body.get("tagger"), identity(call.world, call.login))
    sha = call.bare.write_tag(body["tag"], body["object"], body["message"], tagger)
    if sha is None:
        raise invalid("Tag", "object", "invalid")
    tag = call.bare.tag(sha)
    assert tag is not None
    return Answer(201, tag_shape(call.view, call.name, tag))


@route("GET", _GIT + "/tags/{tag_sha}")
def one_tag(call: Call) -> Answer:
    """An annotated tag object."""
    tag = call.bare.tag(call.params["tag_sha"])
    if tag is None:
        raise missing()
    return Answer(200, tag_shape(call.view, call.name, tag))
