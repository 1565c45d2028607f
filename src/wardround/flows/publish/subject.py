"""What a review run was about, as the forge's API says it: a pull request or a merge group, its commit, its files.

Nothing here is heavy, and nothing is taken from what the run uploaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wardround.forge.errors import CouldNotCheck
from wardround.forge.protocol import Forge
from wardround.forge.values import ChangedFile, PullRequest, Run

#: The one workflow whose runs count. A pull request can add another of the same name, which starts publishing too.
WORKFLOW = ".github/workflows/review.yml"
#: A merge queue's branches: ``gh-readonly-queue/main/pr-12-SHA`` (GitHub, *Managing a merge queue*).
_QUEUE = "gh-readonly-queue/"
_PARENT = re.compile(r"/pr-[0-9]{1,9}-([0-9a-f]{40})")


@dataclass(frozen=True)
class Subject:
    """What will be judged. ``pull`` is None for a merge group. ``reason`` says why there is nothing to publish.

    ``parent`` is the commit that a merge group stands on: the default branch's tip, or the group before it in the queue, without which
    it is not merged.
    """

    run: Run
    pull: PullRequest | None = None
    base_branch: str = ""
    fork: bool = False
    parent: str = ""
    files: tuple[ChangedFile, ...] = ()
    reason: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that the change adds, edits, removes or moves away from."""
        return tuple(dict.fromkeys(_paths(self.files)))


def subject(forge: Forge, run: Run, default_branch: str) -> Subject:
    """What the run was about. Raises a forge's error when the API does not answer."""
    path = run.path.partition("@")[0]
    if path != WORKFLOW:
        return Subject(run, reason=f"the run is of another workflow than {WORKFLOW}")
    if run.conclusion == "skipped":
        return Subject(run, reason="the run was skipped: only the pull request's text was edited")
    if run.event == "merge_group":
        return _merge_group(forge, run, default_branch)
    if run.event != "pull_request":
        return Subject(run, reason=f"runs of the event {run.event!r} are not published")
    pull = _pull(forge, run, default_branch)
    if pull is None:
        return Subject(run, reason="no open pull request has this commit as its head: it was closed, or pushed again")
    fork = pull.head_repository.casefold() != forge.repository.casefold()
    return Subject(run, pull, pull.base_branch, fork=fork, files=files_of(forge, pull))


def files_of(forge: Forge, pull: PullRequest) -> tuple[ChangedFile, ...]:
    """What the pull request's commit changes.

    Asked by that commit: the branch may move between two questions, and a harmless commit's files must not speak for another's.
    Where there are too many for that, the branch must not have moved meanwhile.
    """
    difference = forge.compare(pull.base_branch, pull.head_sha)
    if difference is not None and difference.complete:
        return difference.files
    files = forge.files_of_pull(pull.number)
    now = forge.pull(pull.number)
    if now is None or now.head_sha != pull.head_sha:
        raise CouldNotCheck(
            "the branch moved while its files were read",
            where=f"pull request {pull.number}",
            next="nothing: the run for the new commit is published",
        )
    return files


def _pull(forge: Forge, run: Run, default_branch: str) -> PullRequest | None:
    """The open pull request with that head, found by commit, branch and repository; one into the default branch first."""
    if not run.head_repository:
        return None
    found = [
        pull
        for pull in forge.pulls_of_branch(run.head_repository, run.head_branch)
        if pull.head_sha == run.head_sha and pull.state == "open"
    ]
    return min(found, key=lambda pull: (pull.base_branch != default_branch, pull.number), default=None)


def _merge_group(forge: Forge, run: Run, default_branch: str) -> Subject:
    if (
        not run.head_branch.startswith(f"{_QUEUE}{default_branch}/")
        or run.head_repository.casefold() != forge.repository.casefold()
    ):
        return Subject(run, reason="the run is not of this repository's merge queue")
    named = _PARENT.search(run.head_branch, len(_QUEUE) + len(default_branch))
    parent = named[1] if named and named.end() == len(run.head_branch) else ""
    difference = forge.compare(parent, run.head_sha) if parent else None
    if difference is None or difference.behind:  # the name does not say on what it stands
        parent, difference = "", forge.compare(default_branch, run.head_sha)
    if difference is None or not difference.complete:
        reason = "the forge does not name all files of the merge group"
        return Subject(run, reason=reason if difference else "the merge group is gone")
    return Subject(run, None, default_branch, fork=False, parent=parent, files=difference.files)


def _paths(files: tuple[ChangedFile, ...]) -> Iterator[str]:
    for file in files:
        yield file.path
        if file.previous:
            yield file.previous
