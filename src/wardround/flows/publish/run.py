"""The trusted half from beginning to end: find the pull request, check the evidence, judge, one comment, one status a project.

Killed at any point, a second run ends in the same state: every step looks first whether it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wardround.flows.publish import comment as comments
from wardround.flows.publish.asked import review_of
from wardround.flows.publish.request import ProjectResult, PublishRequest, PublishResult
from wardround.flows.publish.subject import Subject, subject
from wardround.flows.publish.trusted import PREFIX, TrustedProject, brought, moved, projects
from wardround.forge.values import Comment, CommentSpec, Status
from wardround.project.scope import key

if TYPE_CHECKING:
    from wardround.flows.publish.judging import Judged

#: How many projects one change may move; beyond it, reports would say nothing that a person reads.
_MOST = 50
#: States of a status, the worst first.
_STATES = ("error", "failure", "success")
_UNTOUCHED = ("success", "not touched by this change")
#: What is green for another branch may hold anything that is new to the default branch.
_ELSEWHERE = ("error", "could not check: the change does not go into the default branch, whose rules judge")
_NEW = ("failure", "cannot tell: the default branch does not have this project yet, so its rules cannot judge it")
_TOO_MANY = ("error", f"could not check: the change moves more than {_MOST} projects")
_NOTHING = "This change touches no model: there is nothing to review.\n"
#: No evidence says how the scan of such a change went, only how its run ended. It can be forged, and only a change of `.github/` can do that.
_UNSCANNED = ("failure", "cannot tell: no model is touched, but the scan for identifiers of patients did not pass")
_SCAN = (
    "privacy.phi",
    "The scan found what looks like an identifier of a patient, or could not be made. The log of the review run names rules and places, never the text.",
    "Take it out of every commit of the branch: `wardround phi --base` of the base shows the same findings.",
)


def publish(request: PublishRequest) -> PublishResult:
    """Publishes one review run. Raises a forge's error when the forge could not be asked, or refused a change."""
    meant = review_of(request)
    if isinstance(meant, str):
        return PublishResult(done=True, reason=meant, calls=request.forge.calls)
    request = meant
    about = subject(request.forge, request.run, request.default_branch)
    if about.reason:
        return PublishResult(done=True, reason=about.reason, calls=request.forge.calls)
    known = projects(request.tree)
    places, new = moved(request.tree, known, about.paths), brought(request.tree, known, about.paths)
    if places and request.light:
        return PublishResult(done=False, calls=request.forge.calls)
    judged: tuple[Judged, ...] = ()
    if places:
        from wardround.flows.publish.judging import judge_projects

        judged = judge_projects(request, about, [project for project in known if project.path in places[:_MOST]])
    unscanned = not places and not new and request.run.conclusion != "success"
    otherwise = _UNSCANNED if unscanned else _UNTOUCHED
    wanted = _wanted(known, places, judged, otherwise if about.base_branch == request.default_branch else _ELSEWHERE)
    for place in new[:_MOST]:
        wanted.setdefault(PREFIX + key(place), _NEW)
    statuses = _Statuses(request, about, wanted)
    said = _Commented()
    if about.pull is not None:
        sections = (
            *(one.section for one in judged),
            *([comments.plain_section(", ".join(new), _NEW[1], ())] if new else []),
            *([comments.plain_section("No model is touched", _UNSCANNED[1], (_SCAN,))] if unscanned else []),
        )
        said = _say(request, about, sections or (_NOTHING,), statuses)
        if said.newer is not None:
            return _overtaken(request, said.newer, statuses)
    statuses.set()
    return PublishResult(
        done=True,
        reason="" if places or new else "no model is touched",
        pull=about.pull.number if about.pull else None,
        comment=said.comment.url if said.comment else "",
        projects=tuple(ProjectResult(one.project.name, one.project.context, one.outcome, one.lock) for one in judged),
        calls=request.forge.calls,
    )


def _wanted(
    known: tuple[TrustedProject, ...], places: tuple[str, ...], judged: tuple[Judged, ...], otherwise: tuple[str, str]
) -> dict[str, tuple[str, str]]:
    """State and description by context, for every project: a required one must not be missing.

    Those that nothing moves get ``otherwise``. Of two of one name, the worse counts.
    """
    outcomes = {one.project.path: (one.outcome.state, one.outcome.description) for one in judged}
    found: dict[str, tuple[str, str]] = {}
    for project in known:
        said = outcomes.get(project.path, _TOO_MANY if project.path in places else otherwise)
        found[project.context] = min(said, found.get(project.context, said), key=lambda one: _STATES.index(one[0]))
    return found


class _Statuses:
    """The statuses of the commit, set once."""

    def __init__(self, request: PublishRequest, about: Subject, wanted: dict[str, tuple[str, str]]) -> None:
        self._request, self._about, self._wanted = request, about, wanted
        self.done = False

    def set(self) -> None:
        """Sets those that are not as they should be."""
        if self.done:
            return
        request, sha = self._request, self._about.run.head_sha
        self.done = True
        if self._spoken_for():
            request.progress("status: left to the pull request that brings this commit from a branch of the repository")
            return
        there = request.forge.statuses(sha)
        for context, (state, said) in self._wanted.items():
            request.forge.set_status(sha, Status(context, state, said, request.page or request.run.url), there)
            request.progress(f"status {context}: {state} ({said})")

    def _spoken_for(self) -> bool:
        """Whether a pull request from a branch of the repository into the default branch has this commit too, and this one is none such.

        A status belongs to the commit: a stranger's pull request must not take away what the repository's own has earned.
        """
        about, forge, default = self._about, self._request.forge, self._request.default_branch
        if about.pull is None or (not about.fork and about.base_branch == default):
            return False
        own = (forge.repository.casefold(), default, about.run.head_sha, "open")
        pulls = forge.pulls_of_commit(about.run.head_sha)
        return own in {(one.head_repository.casefold(), one.base_branch, one.head_sha, one.state) for one in pulls}


@dataclass(frozen=True)
class _Commented:
    """The comment as it is now, and the newer run that it tells of, if it does."""

    comment: Comment | None = None
    newer: comments.Said | None = None


def _say(request: PublishRequest, about: Subject, sections: tuple[str, ...], statuses: _Statuses) -> _Commented:
    """The one comment, which is not made for a change that moves no model.

    The statuses are set between writing it and looking again: whoever publishes a newer run at the same time is seen then.
    """
    pull, run = about.pull, request.run
    assert pull is not None
    if sections == (_NOTHING,) and not request.forge.find_comments(pull.number, comments.MARKER):
        return _Commented()
    text = comments.body(run, sections, request.page)
    newer: comments.Said | None = None

    def compose(there: tuple[Comment, ...]) -> str:
        nonlocal newer
        newer = comments.newer(there, run) or _moved(there)
        return there[0].body if newer else text

    def _moved(there: tuple[Comment, ...]) -> comments.Said | None:
        """Whether the branch was pushed again since we looked; asked only when a comment tells of a later run of another commit."""
        later = [one for one in comments.said(there) if one.head != run.head_sha and one.run > run.id]
        if not later:
            return None
        now = request.forge.pull(pull.number)
        return later[0] if now is None or now.head_sha != run.head_sha else None

    post: Callable[[str], bool] | None = request.forge.poster(pull.number) if sections != (_NOTHING,) else None
    said = request.forge.upsert_comment(CommentSpec(pull.number, comments.MARKER, compose, post, statuses.set))
    request.progress(f"comment on pull request {pull.number}: {'left as it is' if newer else said.url}")
    return _Commented(said, newer)


def _overtaken(request: PublishRequest, newer: comments.Said, statuses: _Statuses) -> PublishResult:
    """The comment tells of a newer run. Where our statuses may have come after that run's, its own are set again."""
    reason = "a newer run has been published"
    run = request.forge.run(newer.run) if statuses.done and newer.head == request.run.head_sha else None
    if run is not None and (run.id, run.attempt) > (request.run.id, request.run.attempt):
        return replace(publish(replace(request, run=run)), reason=reason)
    return PublishResult(done=True, reason=reason, calls=request.forge.calls)
