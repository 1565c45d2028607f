"""Who reviewed the change that a release is of: the forge is asked before there is a tag, and the ledger is told, which the tag then names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, GovernanceFinding, Problem
from wardround.flows.ledger.registering import approval, approved, change_of
from wardround.flows.promote.approving import Reviewed, others
from wardround.forge.errors import CouldNotCheck, Refused
from wardround.ledger import path_of

if TYPE_CHECKING:
    from wardround.flows.ledger.desk import LedgerDesk
    from wardround.forge.protocol import Forge
    from wardround.ledger import Entry, Ledger


@dataclass(frozen=True)
class Reviews:
    """What the forge says of the pull request that brought a commit. ``asked``: it did answer; ``note``: what a person should know."""

    of: Reviewed | None = None
    asked: bool = False
    note: str = ""


def look_up(forge: Forge | None, branch: str, commit: str) -> Reviews:
    """The merged pull request of a commit of ``branch``, and its reviews. A forge that does not answer keeps no release back."""
    if forge is None:
        return Reviews(note="no forge is configured here: the ledger is not told who reviewed the commit")
    try:
        pulls = forge.pulls_of_commit(commit)
        number = max((pull.number for pull in pulls if pull.merged and pull.base_branch == branch), default=0)
        pull = forge.pull(number) if number else None
        if pull is None:
            return Reviews(asked=True, note="the forge knows no merged pull request of the commit: nobody reviewed it")
        of = Reviewed(number, pull.head_sha, forge.reviews(number), forge.authors_of_pull(number))
    except (CouldNotCheck, Refused) as error:
        said = error.problems[0]
        return Reviews(note=f"the ledger is not told who reviewed the commit: {said.what} {said.found}".strip())
    nobody = f"nobody else approved what was merged of pull request {number}: the ledger has no approval of it"
    return Reviews(of, asked=True, note="" if others((), of) else nobody)


def record(desk: LedgerDesk, project: str, commit: str, found: Reviews) -> Ledger:
    """Tells the ledger who approved the commit, and returns the ledger that was looked through, for the tag to name.

    Raises :class:`GovernanceFinding` when it has an approval of the commit that the forge did not give, :class:`EnvironmentFailure`
    when it has one and the forge was not asked: the tag vouches for each.
    """
    what, of = change_of(commit), found.of
    given = others((), of) if of is not None else ()
    if of is not None and given:
        approved(desk, project, of.pull, what, given)
    ledger = desk.ledger()
    true = [approval(project, of.pull, what, item) for item in given] if of is not None else []
    known = {(item.event, item.by) for item in true}
    strange = [item for item in _approvals(ledger, project, what) if (item.event, item.by) not in known]
    if strange and not found.asked:
        raise EnvironmentFailure(
            "the ledger has approvals of this commit, and the forge was not asked whether they are true",
            where=f"the branch wardround/ledger: {path_of(strange[0].digest)}",
            found=found.note,
            next="release where the forge can be asked, as release.yml does",
        )
    if strange:
        raise GovernanceFinding(problems=[_problem(item, commit) for item in strange])
    return ledger


def _approvals(ledger: Ledger, project: str, what: str) -> Iterator[Entry]:
    """Of whatever pull request: the entry may be forged. Only what holds the words is read as JSON, of 100,000 entries."""
    words = f'"what":"{what}"'.encode()
    for digest, content in ledger.contents.items():
        if words not in content:
            continue
        try:
            item = ledger.entry(digest)
        except ValueError:
            continue
        if (item.kind, item.project, item.facts.get("what")) == ("approval", project, what):
            yield item


def _problem(item: Entry, commit: str) -> Problem:
    return Problem(
        "the ledger has an approval of this commit that the forge did not give",
        where=f"the branch wardround/ledger: {path_of(item.digest)}",
        wanted=f"reviews that approve what was merged as {commit[:12]}",
        found=f"{item.by}, of pull request {item.facts.get('pull')}, commit {str(item.facts.get('reviewed'))[:12]}",
        next="find out who pushed the entry, which stays; release another commit",
    )
