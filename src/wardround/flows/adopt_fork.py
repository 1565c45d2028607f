"""A fork's commit, read by a maintainer, brought to a branch of the repository, so that its review may read the data (DESIGN §8).

Nothing of the fork runs: its commit is fetched and pushed on, and never checked out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, GateRefusal, UsageError
from wardround.forge.values import PullSpec
from wardround.proc import Command, Finished, run

if TYPE_CHECKING:
    from wardround.forge.protocol import Forge
    from wardround.forge.values import PullRequest

_FULL = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:\[bot\])?")
#: What may never come in unseen: it decides what runs, and with which credentials.
_WORKFLOWS = ".github/"
#: Our own references while we work; they are no branches, and are removed at the end.
_OWN = "refs/wardround/adopt/"
#: Hooks and prompts of this clone are not wanted; objects are checked as they come in.
_CAREFUL = ("-c", "core.hooksPath=/dev/null", "-c", "fetch.fsckObjects=true", "-c", "protocol.ext.allow=never")
#: What git says when a push met another state than it expected.
_MOVED = ("stale info", "rejected", "cannot lock ref", "protected branch")


@dataclass(frozen=True)
class AdoptRequest:
    """``sha`` is the full SHA of the commit that was read; ``root`` a clone whose ``remote`` is the forge's repository."""

    forge: Forge
    root: Path
    number: int
    sha: str
    remote: str = "origin"
    allow_workflows: bool = False


@dataclass(frozen=True)
class Adopted:
    """``pushed`` is False when the branch held the commit already."""

    branch: str
    pull: PullRequest
    pushed: bool


def adopt(request: AdoptRequest) -> Adopted:
    """Brings the commit to ``adopt/pr-N`` and opens its pull request; a second run finds both.

    Raises :class:`UsageError` for a wrong number or SHA, :class:`GateRefusal` when the fork has moved on, touches workflows, or the
    branch holds something else, and :class:`EnvironmentFailure` when forge or git could not be asked.
    """
    pull = _checked(request)
    branch = f"adopt/pr-{pull.number}"
    try:
        _fetch(request, pull)
        _check_paths(request, pull)
        pushed = _push(request, branch)
    finally:
        for name in ("head", "base", "branch"):
            _git(request, "update-ref", "-d", _OWN + name)
    made = request.forge.open_or_update_pull(PullSpec(branch, pull.base_branch, _title(pull), _body(request, pull)))
    return Adopted(branch, made, pushed)


def _checked(request: AdoptRequest) -> PullRequest:
    """The pull request, if it is what a maintainer may adopt at exactly that commit."""
    if not _FULL.fullmatch(request.sha):
        raise UsageError(
            "this is not a full SHA",
            where="--sha",
            wanted="the 40 digits of the commit that you have read",
            found=repr(request.sha[:80]),
            next="copy it from the page of the commit, not from a branch name",
        )
    pull = request.forge.pull(request.number)
    where = f"pull request {request.number} of {request.forge.repository}"
    if pull is None:
        raise UsageError("there is no such pull request", where=where, next="take the number from its address")
    if pull.state != "open":
        raise UsageError("the pull request is not open", where=where, found=pull.state)
    if pull.head_repository.casefold() == request.forge.repository.casefold():
        raise UsageError(
            "the pull request does not come from a fork",
            where=where,
            wanted="a fork: a branch of the repository is reviewed with the data already",
        )
    if pull.head_sha != request.sha:
        raise GateRefusal(
            "the fork's branch is at another commit than the one that you have read",
            where=where,
            wanted=request.sha,
            found=pull.head_sha,
            next="read what was pushed since, then name its SHA",
        )
    return pull


def _fetch(request: AdoptRequest, pull: PullRequest) -> None:
    """The commit and its base as references of our own; from the repository's pull reference, else from the fork itself."""
    base = f"+refs/heads/{pull.base_branch}:{_OWN}base"
    _must(request, "fetch the base branch", "fetch", *_QUIET, request.remote, base)
    done = _git(request, "fetch", *_QUIET, request.remote, f"+refs/pull/{pull.number}/head:{_OWN}head")
    if not done.ok and pull.head_repository:
        address = _must(request, "find the remote", "remote", "get-url", request.remote).strip()
        fork = _of_fork(address, request.forge.repository, pull.head_repository)
        if fork:
            done = _git(request, "fetch", *_QUIET, fork, f"+refs/heads/{pull.head_branch}:{_OWN}head")
    if not done.ok:
        raise _failed("fetch the fork's commit", done, request)
    found = _must(request, "read the fork's commit", "rev-parse", "--verify", f"{_OWN}head^{{commit}}").strip()
    if found != request.sha:
        raise GateRefusal(
            "the fork was pushed again while its commit was fetched",
            where=f"pull request {pull.number}",
            wanted=request.sha,
            found=found,
            next="read what was pushed since, then name its SHA",
        )


_QUIET = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-gc")


def _of_fork(address: str, own: str, fork: str) -> str:
    """The fork's address beside the repository's own; empty when the remote's address does not end with its name."""
    bare = address.removesuffix(".git").rstrip("/")
    if not bare.casefold().endswith(own.casefold()):
        return ""
    return bare[: len(bare) - len(own)] + fork + (".git" if address.endswith(".git") else "")


def _check_paths(request: AdoptRequest, pull: PullRequest) -> None:
    """Refuses what decides how workflows run, unless it was asked for."""
    parted = _must(request, "find where the fork began", "merge-base", f"{_OWN}base", request.sha).strip()
    listed = _must(
        request, "list what changes", "diff-tree", "-r", "-z", "--name-only", "--no-renames", parted, request.sha
    )
    found = [path for path in listed.split("\0") if path.casefold().startswith(_WORKFLOWS)]
    if found and not request.allow_workflows:
        raise GateRefusal(
            "the change edits what decides how workflows run",
            where=", ".join(repr(path) for path in found[:5]) + (" and more" if len(found) > 5 else ""),
            wanted=f"a change outside {_WORKFLOWS}",
            next="ask for a change without it; or read it with great care and say --allow-workflows",
        )
    if not listed.strip("\0"):
        raise UsageError("the commit changes nothing", where=f"pull request {pull.number}")


def _push(request: AdoptRequest, branch: str) -> bool:
    """Makes the branch or moves it forward, only from the state that was seen; whether anything was pushed."""
    tip = request.forge.branch(branch)
    if tip is not None:
        _must(request, "fetch the branch", "fetch", *_QUIET, request.remote, f"+refs/heads/{branch}:{_OWN}branch")
        if _git(request, "merge-base", "--is-ancestor", request.sha, tip).ok:
            return False
        if not _git(request, "merge-base", "--is-ancestor", tip, request.sha).ok:
            raise GateRefusal(
                f"the branch {branch} holds commits that the fork's does not",
                where=tip,
                wanted="a branch that the commit continues: nothing is overwritten",
                next=f"look at it; if nothing of it is needed: git push {request.remote} --delete {branch}, then again",
            )
    lease = f"--force-with-lease=refs/heads/{branch}:{tip or ''}"
    done = _git(request, "push", "--quiet", "--porcelain", lease, request.remote, f"{request.sha}:refs/heads/{branch}")
    if done.ok:
        return True
    words = _words(done)
    if any(word in words for word in _MOVED):
        raise GateRefusal(
            f"the forge did not take the branch {branch}",
            where=request.remote,
            found=words,
            next="if somebody pushed in the same moment, run the command again",
        )
    raise _failed("push the branch", done, request)


def _title(pull: PullRequest) -> str:
    """Names the fork's pull request; its own title is a stranger's text and stays there."""
    return f"Adopt pull request {pull.number} by {_author(pull)}"


def _author(pull: PullRequest) -> str:
    return pull.author if _LOGIN.fullmatch(pull.author) else "an unknown author"


def _body(request: AdoptRequest, pull: PullRequest) -> str:
    author = _author(pull)
    lines = [
        f"Brings the commit {request.sha} of #{pull.number} to a branch of this repository, so that its review can read the data.",
        "A maintainer has read exactly this commit. What is pushed to the fork later is not part of it.",
        "",
        f"The author is {author}; discussion stays in #{pull.number}.",
    ]
    if _LOGIN.fullmatch(pull.author):
        lines += ["", f"Co-authored-by: {author} <{author}@users.noreply.github.com>"]
    return "\n".join(lines) + "\n"


def _git(request: AdoptRequest, *args: str) -> Finished:
    """Git in the clone, without its hooks and without asking anybody."""
    return run(Command(["git", *_CAREFUL, *args], cwd=request.root, env={"GIT_TERMINAL_PROMPT": "0"}, timeout=600))


def _must(request: AdoptRequest, doing: str, *args: str) -> str:
    done = _git(request, *args)
    if not done.ok:
        raise _failed(doing, done, request)
    return done.out


def _words(done: Finished) -> str:
    """Git's own words, without what stands before an @ in an address: it may be a password."""
    lines = [line.strip() for line in (done.err + done.out).splitlines() if line.strip()]
    return re.sub(r"//[^/\s@]+@", "//", " | ".join(lines))[-400:]


def _failed(doing: str, done: Finished, request: AdoptRequest) -> EnvironmentFailure:
    return EnvironmentFailure(
        f"git could not {doing}",
        where=f"remote {request.remote}",
        found=_words(done),
        next="check the remote and your right to push: git remote -v",
    )
