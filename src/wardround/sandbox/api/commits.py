"""Calls about commits, comparisons, branches and tags."""

from __future__ import annotations

from typing import Any

from wardround.sandbox.api.routing import Answer, Call, listed, route
from wardround.sandbox.api.shapes_git import change_shape, commit_shape, full_commit
from wardround.sandbox.api.shapes_pull import simple_pull
from wardround.sandbox.api.view import node_id
from wardround.sandbox.model import Protection, Pull
from wardround.sandbox.refusal import Refusal, missing
from wardround.sandbox.rules import protected, required

_REPO = "/repos/{owner}/{repo}"


@route("GET", _REPO + "/commits")
def commits(call: Call) -> Answer:
    """The commits of a branch or sha, newest first."""
    start = call.query.get("sha") or call.repository.default_branch
    head = call.bare.resolve(start)
    if head is None:
        if not call.bare.refs("refs/heads/"):
            raise Refusal(409, "Git Repository is empty.")
        raise missing()
    found = call.bare.log(head, path=call.query.get("path", ""), limit=1000)
    return listed(call, found, lambda item: commit_shape(call.view, call.name, item))


@route("GET", _REPO + "/commits/{ref}")
def one_commit(call: Call) -> Answer:
    """A commit with its files."""
    commit = call.bare.commit(call.commit("ref"))
    assert commit is not None
    return Answer(200, full_commit(call.view, call.name, call.bare, commit))


@route("GET", _REPO + "/commits/{commit_sha}/pulls")
def pulls_of_commit(call: Call) -> Answer:
    """Pull requests that brought a commit, or whose head it is."""
    sha = call.commit("commit_sha")
    bare = call.bare
    found = [
        pull
        for pull in call.world.store.find(Pull, call.name)
        if sha in {pull.head_sha, pull.merge_sha if pull.merged else ""}
        or (bare.is_ancestor(sha, pull.head_sha) and not bare.is_ancestor(sha, pull.base_sha))
    ]
    return listed(call, found, lambda item: simple_pull(call.view, item))


def _end(call: Call, text: str) -> str:
    """One side of a comparison: a ref here, or ``owner:branch`` of a fork, whose objects are brought here."""
    owner, _, branch = text.rpartition(":")
    full_name = f"{owner}/{call.repository.name}" if owner else call.name
    source = call.world.repository(full_name)
    sha = call.world.bare(source).resolve(branch) if source is not None else None
    if source is None or sha is None:
        raise missing()
    if source.full_name != call.name and call.name in {source.fork_of, source.full_name} and not call.bare.kind(sha):
        path = str(call.world.repositories.path(source.full_name))
        call.bare.must("fetch", "-q", "--no-tags", path, sha)
    return sha


@route("GET", _REPO + "/compare/{basehead}")
def compare(call: Call) -> Answer:
    """What ``head`` has that ``base`` has not, from their merge base; 404 when they share nothing."""
    before, dots, after = call.params["basehead"].partition("...")
    if not dots:
        raise missing()
    base, head, bare = _end(call, before), _end(call, after), call.bare
    fork = bare.merge_base(base, head)
    if fork is None:
        raise Refusal(404, f"No common ancestor between {before} and {after}.")
    ahead, behind = bare.count(head, base), bare.count(base, head)
    status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
    first, middle = bare.commit(base), bare.commit(fork)
    assert first is not None
    assert middle is not None
    some = listed(call, bare.log(head, exclude=base)[::-1], lambda item: commit_shape(call.view, call.name, item))
    page = call.view.html(call.name, "compare", f"{before}...{after}")
    shape: dict[str, Any] = {
        "url": call.view.api("repos", call.name, "compare", f"{before}...{after}"),
        "html_url": page,
        "permalink_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": commit_shape(call.view, call.name, first),
        "merge_base_commit": commit_shape(call.view, call.name, middle),
        "status": status,
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": some.body,
        "files": [change_shape(call.view, call.name, head, item) for item in bare.diff(fork, head)[:300]],
    }
    return Answer(200, shape, some.headers)


def _protection(call: Call, branch: str) -> dict[str, Any]:
    contexts = [item.context for item in required(call.world, call.repository, branch)]
    on = protected(call.world, call.repository, branch)
    level = "non_admins" if contexts else "off"
    checks = {"enforcement_level": level, "contexts": contexts, "checks": [_check(name) for name in contexts]}
    return {"enabled": on, "required_status_checks": checks}


def _check(name: str) -> dict[str, Any]:
    return {"context": name, "app_id": None}


@route("GET", _REPO + "/branches")
def branches(call: Call) -> Answer:
    """All branches."""
    found = [(name.removeprefix("refs/heads/"), sha) for name, sha in call.bare.refs("refs/heads/").items()]

    def shape(item: tuple[str, str]) -> dict[str, Any]:
        name, sha = item
        return {
            "name": name,
            "commit": {"sha": sha, "url": call.view.api("repos", call.name, "commits", sha)},
            "protected": protected(call.world, call.repository, name),
        }

    return listed(call, found, shape)


@route("GET", _REPO + "/branches/{branch}")
def one_branch(call: Call) -> Answer:
    """A branch."""
    name = call.params["branch"]
    sha = call.bare.branch(name)
    commit = call.bare.commit(sha) if sha else None
    if commit is None:
        raise Refusal(404, "Branch not found")
    own = call.view.api("repos", call.name, "branches", name)
    shape = {
        "name": name,
        "commit": commit_shape(call.view, call.name, commit),
        "_links": {"self": own, "html": call.view.html(call.name, "tree", name)},
        "protected": protected(call.world, call.repository, name),
        "protection": _protection(call, name),
        "protection_url": f"{own}/protection",
    }
    return Answer(200, shape)


def _protected(call: Call, kept: Protection) -> dict[str, Any]:
    own = call.view.api("repos", call.name, "branches", kept.branch, "protection")
    shape: dict[str, Any] = {
        "url": own,
        "enforce_admins": {"url": f"{own}/enforce_admins", "enabled": kept.enforce_admins},
        "required_linear_history": {"enabled": False},
        "allow_force_pushes": {"enabled": False},
        "allow_deletions": {"enabled": False},
    }
    if kept.contexts:
        shape["required_status_checks"] = {
            "url": f"{own}/required_status_checks",
            "strict": kept.strict,
            "contexts": list(kept.contexts),
            "contexts_url": f"{own}/required_status_checks/contexts",
            "checks": [_check(name) for name in kept.contexts],
        }
    if kept.approvals:
        shape["required_pull_request_reviews"] = {
            "url": f"{own}/required_pull_request_reviews",
            "dismiss_stale_reviews": True,
            "require_code_owner_reviews": False,
            "required_approving_review_count": kept.approvals,
        }
    return shape


@route("GET", _REPO + "/branches/{branch}/protection")
def protection(call: Call) -> Answer:
    """The protection of a branch."""
    kept = call.world.store.get(Protection, call.name, call.params["branch"])
    if kept is None:
        raise Refusal(404, "Branch not protected")
    return Answer(200, _protected(call, kept))


@route("PUT", _REPO + "/branches/{branch}/protection")
def protect(call: Call) -> Answer:
    """Protects a branch."""
    name = call.params["branch"]
    if call.bare.branch(name) is None:
        raise Refusal(404, "Branch not found")
    checks = call.body.get("required_status_checks") or {}
    contexts = (*checks.get("contexts", ()), *(item["context"] for item in checks.get("checks", ())))
    reviews = call.body.get("required_pull_request_reviews") or {}
    kept = Protection(
        repository=call.name,
        branch=name,
        contexts=tuple(dict.fromkeys(contexts)),
        strict=bool(checks.get("strict")),
        approvals=int(reviews.get("required_approving_review_count", 1 if reviews else 0)),
        enforce_admins=bool(call.body.get("enforce_admins")),
    )
    return Answer(200, _protected(call, call.world.store.put(kept)))


@route("DELETE", _REPO + "/branches/{branch}/protection")
def unprotect(call: Call) -> Answer:
    """Takes the protection away."""
    kept = call.world.store.get(Protection, call.name, call.params["branch"])
    if kept is None:
        raise Refusal(404, "Branch not protected")
    call.world.store.remove(kept)
    return Answer(204)


@route("GET", _REPO + "/tags")
def tags(call: Call) -> Answer:
    """All tags, with the commits that they stand for."""
    bare = call.bare
    names = [name.removeprefix("refs/tags/") for name in bare.refs("refs/tags/")]
    found = [(name, sha) for name in reversed(names) if (sha := bare.resolve(f"refs/tags/{name}")) is not None]

    def shape(item: tuple[str, str]) -> dict[str, Any]:
        name, sha = item
        return {
            "name": name,
            "commit": {"sha": sha, "url": call.view.api("repos", call.name, "commits", sha)},
            "zipball_url": call.view.api("repos", call.name, "zipball/refs/tags", name),
            "tarball_url": call.view.api("repos", call.name, "tarball/refs/tags", name),
            "node_id": node_id("Tag", name),
        }

    return listed(call, found, shape)
