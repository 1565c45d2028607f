"""The trusted half from beginning to end: find the pull request, check the evidence, judge, one comment, one status a project.

Killed at any point, a second run ends in the same state: every step looks first whether it is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.flows.publish import comment as comments
from wardround.flows.publish.request import ProjectResult, PublishRequest, PublishResult
from wardround.flows.publish.subject import Subject, subject
from wardround.flows.publish.trusted import TrustedProject, projects
from wardround.forge.values import Comment, CommentSpec, Status
from wardround.project.scope import touched

if TYPE_CHECKING:
    from wardround.flows.publish.judging import Judged

#: How many projects one change may move; beyond it, reports would say nothing that a person reads.
_MOST = 50


def publish(request: PublishRequest) -> PublishResult:
    """Publishes one review run. Raises a forge's error when the forge could not be asked, or refused a change."""
    about = subject(request.forge, request.run, request.default_branch)
    if about.reason:
        return PublishResult(done=True, reason=about.reason, calls=request.forge.calls)
    known = projects(request.tree)
    moved = set(touched(about.paths, [project.path for project in known]))
    if moved and request.light:
        return PublishResult(done=False, calls=request.forge.calls)
    if not moved:
        return _untouched(request, about, known)
    from wardround.flows.publish.judging import judge_projects

    judged = judge_projects(request, about, [project for project in known[:_MOST] if project.path in moved])
    url = ""
    if about.pull is not None:
        said = _say(request, about, judged)
        if said is None:
            return PublishResult(done=True, reason="a newer run has been published", calls=request.forge.calls)
        url = said.url
    results = tuple(ProjectResult(one.project.name, one.project.context, one.outcome, one.lock) for one in judged)
    _set(request, about, {one.context: (one.outcome.state, one.outcome.description) for one in results}, known)
    return PublishResult(
        done=True,
        pull=about.pull.number if about.pull else None,
        comment=url,
        projects=results,
        calls=request.forge.calls,
    )


def _untouched(request: PublishRequest, about: Subject, known: tuple[TrustedProject, ...]) -> PublishResult:
    """A change that moves no model: every required status is set, and a comment of an earlier push is brought up to date."""
    _set(request, about, {}, known)
    number = about.pull.number if about.pull else None
    url = ""
    if about.pull is not None and (own := request.forge.find_comments(about.pull.number, comments.MARKER)):
        del own
        section = "This change touches no model: there is nothing to review.\n"
        text = comments.body(request.run, (section,), request.page)
        said = request.forge.upsert_comment(CommentSpec(about.pull.number, comments.MARKER, lambda _there: text))
        url = said.url
    return PublishResult(done=True, reason="no model is touched", pull=number, comment=url, calls=request.forge.calls)


def _set(
    request: PublishRequest,
    about: Subject,
    judged: dict[str, tuple[str, str]],
    known: tuple[TrustedProject, ...],
) -> None:
    """One status a project, those that the change does not touch included: a required one must not be missing."""
    there = request.forge.statuses(about.run.head_sha)
    for project in known:
        state, said = judged.get(project.context, ("success", "not touched by this change"))
        status = Status(project.context, state, said, request.page or about.run.url)
        request.forge.set_status(about.run.head_sha, status, there)
        request.progress(f"status {project.context}: {state} ({said})")


def _say(request: PublishRequest, about: Subject, judged: tuple[Judged, ...]) -> Comment | None:
    """The one comment; None when it tells of a newer run already."""
    pull, run = about.pull, request.run
    assert pull is not None
    text = comments.body(run, tuple(one.section for one in judged), request.page)
    outdated = False

    def compose(there: tuple[Comment, ...]) -> str:
        nonlocal outdated
        outdated = comments.newer(there, run) or _moved(there)
        return there[0].body if outdated else text

    def _moved(there: tuple[Comment, ...]) -> bool:
        """Whether the branch was pushed again since we looked; asked only when a comment tells of a later run of another commit."""
        if not any(one.head != run.head_sha and one.run > run.id for one in comments.said(there)):
            return False
        now = request.forge.pull(pull.number)
        return now is None or now.head_sha != run.head_sha

    said = request.forge.upsert_comment(
        CommentSpec(pull.number, comments.MARKER, compose, request.forge.poster(pull.number))
    )
    request.progress(f"comment on pull request {pull.number}: {'left as it is' if outdated else said.url}")
    return None if outdated else said
