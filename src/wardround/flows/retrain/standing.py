"""Whether a proposal may be made now: nobody holds it, none of the episode was closed, and none is open for the same data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.flows.retrain.mark import Mark

if TYPE_CHECKING:
    from wardround.forge.protocol import Forge
    from wardround.forge.values import PullRequest

#: On any open issue or pull request: no proposal is made or changed until it is taken away.
HOLD = "retrain:hold"
BRANCHES = {"retrain": "retrain", "data": "data"}


@dataclass(frozen=True)
class Standing:
    """What is on the forge. ``blocked`` says why nothing may be proposed; ``open`` is the open proposal, with its mark."""

    blocked: str = ""
    open: PullRequest | None = None
    mark: Mark | None = None

    def is_done(self, mark: Mark) -> bool:
        """Whether the open proposal was made from that data and model."""
        return self.mark is not None and self.mark.same_data(mark)


def branch_of(kind: str, name: str) -> str:
    """The one branch of a project's proposals of that kind."""
    return f"{BRANCHES[kind]}/{name}"


def standing(forge: Forge, about: Mark) -> Standing:
    """Looks before anything is worked out. ``about`` needs no ``data`` yet."""
    held = forge.issues(HOLD)
    if held:
        one = held[0]
        return Standing(f"{'pull request' if one.is_pull else 'issue'} {one.number} has the label {HOLD}")
    pulls = forge.pulls_of_branch(forge.repository, branch_of(about.kind, about.project), "all")
    for pull in pulls:
        mark = Mark.read(pull.body)
        if pull.state == "closed" and not pull.merged and mark is not None and _closed(mark, about):
            return Standing(
                f"pull request {pull.number} answered this and was closed; it is not opened again (reopen it, or wait for another alarm)"
            )
    found = min((pull for pull in pulls if pull.state == "open"), key=lambda pull: pull.number, default=None)
    return Standing(open=found, mark=Mark.read(found.body) if found else None)


def _closed(mark: Mark, about: Mark) -> bool:
    return mark.goes_on(about) if about.since else bool(about.data) and mark.same_data(about)
