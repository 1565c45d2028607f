"""A fix made: params edited, the pipeline run, its objects stored, and the change reviewed as a pull request's would be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wardround.flows.ci import quarantine
from wardround.flows.reproducing import reproduce
from wardround.flows.review.references import remote_of
from wardround.flows.review.request import ReviewRequest
from wardround.revision.dvc import Dvc
from wardround.revision.lock import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from wardround.flows.retrain.draft import Draft
    from wardround.flows.review.request import ReviewResult


@dataclass(frozen=True)
class Built:
    """A change that is ready: its files (paths below the project) and its review."""

    files: dict[str, bytes | None]
    review: ReviewResult

    @property
    def passes(self) -> bool:
        """Whether the review lets it through."""
        return not self.review.decision.verdict.blocks


def build(draft: Draft, changes: dict[str, Any], message: str, progress: Callable[[str], None]) -> Built:
    """Makes the change in the draft. Raises what a stage or the storage raises."""
    from wardround.flows.review.run import review

    made = draft.with_params(changes)
    remote = remote_of(made.project)
    reproduce(made.project, progress, pull=remote is not None)
    counting = _stored(made, remote, progress)
    made.commit_all(message)
    found = review(ReviewRequest(made.project, draft.commit, quarantine=counting, progress=progress))
    files: dict[str, bytes | None] = {name: made.file(name) for name in ("params.yaml", "dvc.lock")}
    return Built(files, found)


def _stored(draft: Draft, remote: str | None, progress: Callable[[str], None]) -> str | None:
    """The objects in quarantine where the App commits the lock, else where authors push theirs; the remote that counts beside the main one."""
    forge = draft.project.params.forge
    place = quarantine.stores(draft.project.root, remote, forge.quarantine, counts=forge.lock == "app")
    if place.counts:
        quarantine.keep(place, parse(draft.file("dvc.lock")), progress)
    elif remote is not None:
        progress(f"pushing what was made to {remote}")
        Dvc(draft.project.root).require("push", "--quiet", "--remote", remote, doing=f"push to the remote {remote}")
    return place.counting
