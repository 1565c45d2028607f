"""Change control by the trusted side: the change is classified again from what the forge says, and label and approval are looked for there.

Only where the base's params ask for something: otherwise nothing is asked of the forge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.flows.change_plan import Revision, agreed, atoms
from wardround.flows.promote.approving import Reviewed, approvals
from wardround.flows.publish.judge import Note
from wardround.gate.plan.classify import classify
from wardround.gate.plan.schema import FILE
from wardround.revision.lock import parse

if TYPE_CHECKING:
    from wardround.flows.publish.request import PublishRequest
    from wardround.flows.publish.subject import Subject
    from wardround.flows.publish.trusted import TrustedProject
    from wardround.forge.values import PullRequest
    from wardround.project.judging import ChangeLimits

#: The rule that asks, and that is settled when what it asks for is there.
RULE = "change.plan"
#: The pull request in a merge queue's branch: ``gh-readonly-queue/main/pr-12-SHA``.
_QUEUED = re.compile(r"/pr-(\d{1,9})-[0-9a-f]{40}$")


@dataclass(frozen=True)
class Controlled:
    """What change control comes to: the rule settled, or notes that say what is missing; neither where it asks for nothing."""

    settled: bool = False
    notes: tuple[Note, ...] = ()


def controlled(request: PublishRequest, about: Subject, project: TrustedProject) -> Controlled:
    """Whether a change outside the base's plan has what the base's params ask for. Raises a forge's error when it does not answer."""
    params = project.params
    if params is None or project.first or about.fork:
        return Controlled()
    limits = params.gate.change
    path = project.root / FILE
    if not path.is_file() or (limits.label is None and not limits.reviewers) or RULE in params.gate.off:
        return Controlled()
    plan = agreed(path.read_bytes())
    if plan.plan is None:  # the evidence says so too; neither label nor approval mends it
        return Controlled(
            notes=(
                Note("publish.plan", f"The base's {FILE} cannot be read.", "Correct it in a pull request of its own."),
            )
        )
    found = classify(plan.plan, atoms(_paths(about, project), _base(project), _head(request, about, project)))
    if not found.outside:
        return Controlled()
    missing = _missing(request, _pull(request, about), limits)
    if not missing:
        return Controlled(settled=True)
    return Controlled(
        notes=(
            Note(
                "publish.plan",
                f"The change is outside of the change plan, and lacks {' and '.join(missing)}.",
                "When they are there, the verdict is made again within a few minutes.",
            ),
        )
    )


def _paths(about: Subject, project: TrustedProject) -> tuple[str, ...]:
    """Changed paths as the project sees them; those outside of it cannot be permitted by its plan, and keep their names."""
    start = "" if project.path == "." else f"{project.path}/"
    return tuple(path.removeprefix(start) if path.startswith(start) else f"../{path}" for path in about.paths)


def _base(project: TrustedProject) -> Revision:
    lock = project.lock
    return Revision(
        project.root.joinpath("params.yaml").read_bytes(), parse(lock.read_bytes() if lock.is_file() else None)
    )


def _head(request: PublishRequest, about: Subject, project: TrustedProject) -> Revision:
    start, sha = "" if project.path == "." else f"{project.path}/", about.run.head_sha
    content = request.forge.read_file(f"{start}dvc.lock", sha)
    return Revision(request.forge.read_file(f"{start}params.yaml", sha), parse(content))


def _pull(request: PublishRequest, about: Subject) -> PullRequest | None:
    """The pull request; of a merge group the one that its branch names, which had to pass on its own before."""
    if about.pull is not None:
        return about.pull
    match = _QUEUED.search(about.run.head_branch)
    return request.forge.pull(int(match[1])) if match else None


def _missing(request: PublishRequest, pull: PullRequest | None, limits: ChangeLimits) -> tuple[str, ...]:
    """What is not there, in words that name params and nobody."""
    if pull is None:
        return ("a pull request that could be asked",)
    found = []
    if limits.label is not None and limits.label not in pull.labels:
        found.append("the label of `gate.change.label`")
    if limits.reviewers:
        of = Reviewed(
            pull.number, pull.head_sha, request.forge.reviews(pull.number), request.forge.authors_of_pull(pull.number)
        )
        given, _ = approvals({"change": limits.reviewers}, of)
        found += [] if given else ["the approval of its commit by one of `gate.change.reviewers`"]
    return tuple(found)
