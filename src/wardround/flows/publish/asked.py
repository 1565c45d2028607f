"""A label or an approval came or went: the review of that commit is published again, as its verdict may hang on them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wardround.flows.publish.subject import WORKFLOW
from wardround.flows.publish.trusted import projects
from wardround.gate.plan.schema import FILE

if TYPE_CHECKING:
    from wardround.flows.publish.request import PublishRequest
    from wardround.flows.publish.trusted import TrustedProject

#: The workflow whose runs only say that something came or went.
ASKED = ".github/workflows/asked.yml"
#: A commit is not reviewed more often in a row than this. Project choice.
_MOST = 30


def review_of(request: PublishRequest) -> PublishRequest | str:
    """The request about the review that is meant; why nothing is to be published where there is none.

    What was said where is not asked: labels and approvals are read anew. Raises a forge's error when it does not answer.
    """
    forge, run = request.forge, request.run
    if run.path.partition("@")[0] != ASKED:
        return request
    if not any(_asks(project) for project in projects(request.tree)):
        return "no project here asks for a label or an approval"
    if not run.head_repository:
        return "the repository of the change is gone"
    open_ = [pull for pull in forge.pulls_of_branch(run.head_repository, run.head_branch) if pull.state == "open"]
    heads = {pull.head_sha for pull in open_}
    for head in sorted(heads):  # one branch has one head
        for found in forge.runs_of_workflow("review.yml", "pull_request", head=head, limit=_MOST):
            same = found.head_sha == head and found.head_repository.casefold() == run.head_repository.casefold()
            ended = found.status == "completed" and found.conclusion not in {"skipped", "cancelled"}
            if same and ended and found.path.partition("@")[0] == WORKFLOW:
                return replace(request, run=found)
    return "no review of the branch's last commit has ended: the verdict comes with it"


def _asks(project: TrustedProject) -> bool:
    """Whether a verdict on this project can hang on what people say on the forge."""
    params = project.params
    if params is None or not (project.root / FILE).is_file():
        return False
    return params.gate.change.label is not None or bool(params.gate.change.reviewers)
