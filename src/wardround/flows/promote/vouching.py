"""Whether the ledger says nothing of a pull request's approvals that the forge does not: a tag vouches for every entry behind its heads.

Whoever may push to the ledger's branch can put an entry there. So before a stage's tag is made, each approval of its pull request is held against
the forge's reviews.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.deploy.stage_file import parse, path_of
from wardround.errors import Problem, UsageError
from wardround.flows.ledger.registering import approval
from wardround.flows.promote.approving import Approval, Reviewed, others
from wardround.ledger import path_of as entry_path

if TYPE_CHECKING:
    from wardround.flows.promote.counting import Main
    from wardround.ledger import Entry, Ledger, NewEntry

#: What an approval was for (``v1.0.0 into prod``) -> the roles that it needed and who has them; None: the pull request did no such thing.
Wanted = Callable[[str], Mapping[str, Sequence[str]] | None]


@dataclass(frozen=True)
class Vouching:
    """The approvals of a project's pull request. ``of`` is what the forge says of them."""

    project: str
    of: Reviewed
    wanted: Wanted

    def problems(self, ledger: Ledger) -> tuple[Problem, ...]:
        """The ledger's approvals of the pull request that the forge did not give: another person, role, commit or review."""
        number = self.of.pull
        found = (item for item in ledger.about(f"pull/{number}") if item.kind == "approval" and not _of_commit(item))
        return tuple(self._problem(item) for item in found if item.project == self.project and not self._given(item))

    def _given(self, item: Entry) -> bool:
        what = str(item.facts.get("what") or "")
        wanted = self.wanted(what)
        if wanted is None:
            return False
        return any(item.event == one.event and item.by == one.by for one in self._possible(what, wanted))

    def _possible(self, what: str, wanted: Mapping[str, Sequence[str]]) -> Iterator[NewEntry]:
        """What could have been written of the reviews that count: an earlier run may have seated somebody in another of their roles."""
        for counts in others((), self.of):
            login = counts.review.author.lower()
            roles = (role for role, logins in wanted.items() if login in {name.lower() for name in logins})
            for role in (*roles, counts.role):
                yield approval(self.project, self.of.pull, what, Approval(role, counts.review))

    def _problem(self, item: Entry) -> Problem:
        return Problem(
            "the ledger has an approval that the forge did not give",
            where=f"the branch wardround/ledger: {entry_path(item.digest)}",
            wanted=f"reviews of pull request {self.of.pull} that approve commit {self.of.head[:12]}",
            found=f"{item.by}, in the role {item.facts.get('role')}, of commit {str(item.facts.get('reviewed'))[:12]}",
            next="find out who pushed the entry, which stays; promote again, by another pull request",
        )


def _of_commit(item: Entry) -> bool:
    """Whether an approval is of a model's own change: a version's tag alone vouches for those, and its release has looked."""
    return re.fullmatch(r"commit [0-9a-f]{40,64}", str(item.facts.get("what"))) is not None


def did(main: Main, pull_of: Callable[[str], int | None], what: str, pull: int, first: str) -> str | None:
    """The commit by which a pull request did what its approval was for, as ``v1.0.0 into prod``; None where it did not.

    ``first`` is the commit to look at first, whose pull request is known.
    """
    version, _, stage = what.partition(" into ")
    if re.fullmatch(r"[a-z0-9-]+", stage) is None:  # no name of a stage: nothing is looked for in git
        return None
    changed = main.line.changes_of(main.git.prefix + path_of(stage))
    for commit in sorted(changed, key=lambda item: item != first):
        content = main.git.file(commit, path_of(stage))
        try:
            named = parse(content, path_of(stage)).version if content is not None else ""
        except UsageError:
            continue
        if named == version and (commit == first or pull_of(commit) == pull):
            return commit
    return None
