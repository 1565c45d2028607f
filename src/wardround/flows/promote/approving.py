"""Whether those who must approve a promotion have done so: the forge's reviews, of the commit that was merged. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.errors import Problem

if TYPE_CHECKING:
    from wardround.forge.values import Review

#: A later review of one of these kinds takes the place of an earlier one; a comment does not.
_DECIDES = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")


@dataclass(frozen=True)
class Reviewed:
    """A pull request that was merged at ``head``. ``authors`` opened it or wrote a commit of it."""

    pull: int
    head: str
    reviews: tuple[Review, ...]
    authors: tuple[str, ...]


@dataclass(frozen=True)
class Approval:
    """Somebody who approved, for one role."""

    role: str
    review: Review


def approvals(wanted: Mapping[str, Sequence[str]], of: Reviewed) -> tuple[tuple[Approval, ...], tuple[Problem, ...]]:
    """Who approved for which role, and what is missing. One person counts for one role; logins are the same in any case of letters."""
    last = _last(of.reviews)
    counts = {name: review for name, review in last.items() if _doubt(name, review, of) == ""}
    able = {role: [name for name in _lower(logins) if name in counts] for role, logins in wanted.items()}
    chosen = _matched(able)
    found = tuple(Approval(role, counts[chosen[role]]) for role in wanted if role in chosen)
    problems = tuple(_missing(role, wanted[role], last, of) for role in wanted if role not in chosen)
    return found, problems


def others(given: Iterable[Approval], of: Reviewed) -> tuple[Approval, ...]:
    """Further approvals that count and that no role asked for, as those of a ``reviewer``: the record has them too."""
    seated = {item.review.author.lower() for item in given}
    last = _last(of.reviews)
    return tuple(
        Approval("reviewer", review)
        for name, review in sorted(last.items())
        if name not in seated and _doubt(name, review, of) == ""
    )


def everybody(
    wanted: Mapping[str, Sequence[str]], of: Reviewed | None, where: str
) -> tuple[tuple[Approval, ...], tuple[Problem, ...]]:
    """All approvals that count, those too that no role asked for, and what is missing; ``of`` None: nobody can look them up."""
    if of is None:
        return (), unseen(wanted, where)
    given, missing = approvals(wanted, of)
    return (*given, *others(given, of)), missing


def unseen(wanted: Mapping[str, Sequence[str]], where: str) -> tuple[Problem, ...]:
    """The problem of approvals that nobody can look up: there is no forge, or no pull request."""
    if not wanted:
        return ()
    return (
        Problem(
            "the approvals that this stage needs cannot be seen",
            where=where,
            wanted=f"reviews by {', '.join(sorted(wanted))}",
            found="no pull request of a forge",
            next="promote by a pull request; or take the roles out of params.yaml: governance.approvals",
        ),
    )


def _last(reviews: Iterable[Review]) -> dict[str, Review]:
    """Login in lower case -> the last review that decides."""
    return {one.author.lower(): one for one in reviews if one.state in _DECIDES and one.author}


def _doubt(name: str, review: Review, of: Reviewed) -> str:
    """Why somebody's review does not count; empty when it does."""
    if name in _lower(of.authors):
        return "had a hand in it: nobody approves their own change"
    if review.state != "APPROVED":
        return "asked for changes" if review.state == "CHANGES_REQUESTED" else "approved, and that was dismissed"
    if review.sha != of.head:
        return f"approved commit {review.sha[:12] or 'unknown'}, and {of.head[:12]} was merged"
    return ""


def _lower(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name.lower() for name in names)


def _matched(able: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """As many roles as can be, each with somebody of its own (augmenting paths of a bipartite matching)."""
    holds: dict[str, str] = {}  # person -> role

    def seat(role: str, tried: set[str]) -> bool:
        for name in able[role]:
            if name not in tried:
                tried.add(name)
                if name not in holds or seat(holds[name], tried):
                    holds[name] = role
                    return True
        return False

    for role in able:
        seat(role, set())
    return {role: name for name, role in holds.items()}


def _missing(role: str, logins: Sequence[str], last: Mapping[str, Review], of: Reviewed) -> Problem:
    said = []
    for name in _lower(logins):
        review = last.get(name)
        if review is None:
            said.append(f"{name} has not reviewed" + (": and had a hand in it" if name in _lower(of.authors) else ""))
        else:
            said.append(f"{name} {_doubt(name, review, of) or 'counts for another role'}")
    return Problem(
        f"nobody has approved in the role {role}",
        where=f"pull request {of.pull}",
        wanted=f"an approval of commit {of.head[:12]} by {' or '.join(logins)}",
        found="; ".join(said)[:400],
        next="promote again, and let them approve that pull request before it is merged",
    )
