"""What the pull request of a promotion says: what, on which grounds, and who must approve. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wardround.deploy.stage_file import path_of
from wardround.report.escape import in_markdown
from wardround.values import Verdict

if TYPE_CHECKING:
    from wardround.deploy.stage_file import StageFile
    from wardround.flows.promote.plan import Plan
    from wardround.flows.promote.request import ChangeRequest
    from wardround.registry.entries import Version

#: By these labels people find such pull requests, and programs too.
LABELS = {"promote": "promotion", "rollback": "rollback"}


def branch_of(request: ChangeRequest) -> str:
    """The branch: the same for the same project, stage and version, so that who asks twice gets one pull request."""
    return f"{request.kind}/{request.name}/{request.stage}/{request.version}"


def title_of(request: ChangeRequest, plan: Plan) -> str:
    """One line: what goes where."""
    if request.kind == "rollback":
        return f"Roll {request.name} in {request.stage} back to {request.version}"
    if plan.before is not None and plan.before.version == request.version:
        return f"Settle {request.name} {request.version} in {request.stage}"
    return f"Promote {request.name} {request.version} to {request.stage}"


def body_of(request: ChangeRequest, plan: Plan, owners: tuple[str, ...]) -> str:
    """The whole text, in Markdown."""
    return "\n".join(_lines(request, plan, owners)).strip() + "\n"


def _lines(request: ChangeRequest, plan: Plan, owners: tuple[str, ...]) -> Iterator[str]:
    version = request.state.version(request.version)
    assert version is not None
    instead = f", in place of {plan.before.version}" if plan.before and plan.before.version != request.version else ""
    yield f"**{request.name} {request.version}** goes into **{request.stage}**{instead}."
    yield ""
    if plan.file.reason:
        yield f"Reason: {in_markdown(plan.file.reason)}"
        yield ""
    if request.reviews:
        yield (
            f"**{request.stage} runs {request.version} already**: `{request.reviews}` put it there by break-glass, without review. This pull request is "
            f"the review; the status `wardround/break-glass` stays red until it, or another change of the stage, is merged."
        )
        yield ""
    if plan.file.requested_by:
        yield f"Asked for by {in_markdown(plan.file.requested_by)}."
        yield ""
    yield from _table(request, plan, version)
    yield from _demands(plan)
    yield from (f"Note: {note}." for note in plan.notes)
    yield from _approval(request, plan, owners)


def _table(request: ChangeRequest, plan: Plan, version: Version) -> Iterator[str]:
    before = plan.before
    yield f"| | {'now: ' + before.version if before else 'now: nothing'} | {request.version} |"
    yield "|---|---|---|"
    old = request.state.version(before.version) if before else None
    yield f"| commit | {old.commit if old else 'none'} | {version.commit} |"
    for word, field in (("image", "image"), ("Bento", "bento"), ("decision", "decision"), ("model card", "card")):
        yield f"| {word} | {_cell(before, field)} | {_cell(plan.file, field)} |"
    yield f"| model | {_code(old.record.model) if old else 'none'} | {_code(version.record.model)} |"
    yield f"| smoke test | {_code(old.record.smoke) if old else 'none'} | {_code(version.record.smoke)} |"
    yield ""


def _cell(file: StageFile | None, field: str) -> str:
    return _code(getattr(file, field)) if file is not None else "none"


def _code(value: str | None) -> str:
    return f"`{value}`" if value else "none"


def _demands(plan: Plan) -> Iterator[str]:
    if not plan.demands:
        return
    yield "What the stage demands:"
    yield ""
    for demand in plan.demands:
        met = "met" if demand.verdict is Verdict.PASS else demand.verdict.value
        yield f"- {in_markdown(demand.what)}: **{met}** ({in_markdown(demand.found)})"
    yield ""


def _approval(request: ChangeRequest, plan: Plan, owners: tuple[str, ...]) -> Iterator[str]:
    file = f"`{request.prefix}{path_of(request.stage)}`"
    if owners:
        yield f"**Who must approve:** {', '.join(f'`{owner}`' for owner in owners)} (CODEOWNERS of {file})."
    else:
        yield f"**Who must approve:** CODEOWNERS names nobody for {file}. Name the clinical owner there."
    for role, logins in plan.roles.items():
        yield f"- in the role **{role}**: {' or '.join(f'`{login}`' for login in logins)}"
    if plan.roles:
        yield ""
        yield "Approvals of the commit that is merged count; not those of earlier ones, nor one's own. One person counts for one role."
    yield ""
    yield (
        "On the merge, `promote.yml` checks the version's tag, its image and its provenance again, and makes the tag "
        f"`{request.name}#{request.stage}#N` and a deployment. Nothing runs before that."
    )
    if request.by_job:
        yield ""
        yield (
            "This pull request was opened with a job's own token: its workflows start when somebody who may write here "
            "presses *Approve workflows to run*."
        )
