"""From fixes that suffice to one pull request: the first whose review passes, its files and its argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.evidence.retraining import WORDS, Attempt, Fix
from wardround.flows.promote.trunk import Proposal, Proposed
from wardround.flows.promote.trunk_forge import ForgeTrunk
from wardround.flows.retrain import argument, fixes
from wardround.flows.retrain.building import Built, build
from wardround.flows.retrain.standing import branch_of
from wardround.forge.values import PullSpec
from wardround.report.sentences import sentence
from wardround.revision.git import Git

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from wardround.evidence.monitor import Span
    from wardround.flows.retrain.draft import Draft
    from wardround.flows.retrain.mark import Mark
    from wardround.forge.protocol import Forge
    from wardround.forge.values import PullRequest
    from wardround.project.layout import Project

LABELS = {"retrain": (argument.RETRAINING,), "data": (argument.DATA,)}


@dataclass(frozen=True)
class Chosen:
    """A fix that was built, and those before it whose review did not pass."""

    fix: Fix
    built: Built
    refused: tuple[str, ...] = ()


def choose(
    draft: Draft,
    attempts: Sequence[Attempt],
    window: Span,
    ended: dt.datetime | dt.date | int,
    progress: Callable[[str], None],
) -> Chosen:
    """The first of the sufficing ``attempts`` whose review passes; when none does, the first, whose red review then speaks for itself."""
    made: list[Chosen] = []
    for attempt in attempts:
        assert attempt.fix is not None
        progress(f"making {WORDS[attempt.fix]}")
        changes = fixes.changes_of(attempt, draft.with_params({}).project.params, window, ended)
        built = build(draft, changes, WORDS[attempt.fix], progress)
        chosen = Chosen(attempt.fix, built, tuple(item.fix.value for item in made))
        if built.passes:
            return chosen
        made.append(chosen)
    return made[0]


def reviewed(built: Built) -> tuple[str, str]:
    """The review's verdict and its sentence."""
    published = built.review.published
    decision = published.decision
    if decision is None:
        return built.review.decision.verdict.value, ""
    return decision.verdict, sentence(published, decision)


def propose(forge: Forge, project: Project, tip: str, proposal: Proposal) -> Proposed:
    """The one open pull request of the branch, with these files on top of the default branch's ``tip``."""
    git = Git(project.root)
    branch = forge.repository_facts().default_branch
    return ForgeTrunk(forge, branch, git.prefix, Git(git.root)).propose(proposal, tip)


def completed(forge: Forge, pull: PullRequest, mark: Mark) -> Proposed:
    """An open proposal made from the same data: only what a killed run left out is added."""
    for label in LABELS[mark.kind]:
        forge.ensure_label(label)
    spec = PullSpec(pull.head_branch, pull.base_branch, pull.title, pull.body, LABELS[mark.kind])
    found = forge.open_or_update_pull(spec)
    return Proposed(found.head_branch, found.head_sha, found.number, found.url)


def proposal_of(kind: str, name: str, built: Built, title: str, body: str) -> Proposal:
    """What is proposed, on the fixed branch."""
    return Proposal(branch_of(kind, name), built.files, title, body, LABELS[kind])
