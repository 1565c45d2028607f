"""What rulesets and branch protection ask of a ref: who may move it, and what must be green before a merge."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wardround.sandbox.model import CheckRun, Repository, Review, Status, User
from wardround.sandbox.model_more import Protection, Ruleset
from wardround.sandbox.world import World

#: GitHub's number of the role *admin* among the actors who may pass a ruleset by.
ADMIN_ROLE = 5
#: Rules under which a branch changes through a pull request only.
_THROUGH_PULLS = {"pull_request", "required_status_checks", "update", "merge_queue"}


@dataclass(frozen=True)
class Mover:
    """Who wants to move a ref: a login, and whether it is a run's or an App's token."""

    login: str
    integration: bool = False


@dataclass(frozen=True)
class Required:
    """One required status; ``integration`` is the id of the App that must have set it, 0 for anybody."""

    context: str
    integration: int = 0


def matching(world: World, repository: Repository, ref: str) -> tuple[Ruleset, ...]:
    """The active rulesets that speak of the full ref ``ref``."""
    target = "tag" if ref.startswith("refs/tags/") else "branch"
    found = world.store.find(Ruleset, repository.full_name, enforcement="active", target=target)
    return tuple(ruleset for ruleset in found if _applies(ruleset, repository, ref))


def rules_of(world: World, repository: Repository, ref: str) -> Iterator[tuple[Ruleset, Mapping[str, Any]]]:
    """Each rule that applies to ``ref``, with the ruleset that it is from."""
    for ruleset in matching(world, repository, ref):
        for rule in ruleset.rules:
            yield ruleset, rule


def refusal_to_move(world: World, repository: Repository, ref: str, how: str, who: Mover) -> str:
    """Why ``who`` may not move ``ref`` directly, in a line; empty when they may.

    ``how`` is creation, update, deletion or non_fast_forward.
    """
    for ruleset, rule in rules_of(world, repository, ref):
        kind = str(rule["type"])
        stops = kind == how or (kind == "update" and how == "non_fast_forward")
        if how in {"update", "non_fast_forward"}:
            stops = stops or kind in _THROUGH_PULLS
        if stops and not _bypasses(world, repository, ruleset, who):
            return f"Repository rule violations found: {ruleset.name} ({kind})"
    if ref.startswith("refs/heads/"):
        protection = world.store.get(Protection, repository.full_name, ref.removeprefix("refs/heads/"))
        admin = not who.integration and world.role(who.login, repository) == "admin"
        if protection is not None and (protection.enforce_admins or not admin):
            return f"Protected branch update failed for {ref}."
    return ""


def required(world: World, repository: Repository, branch: str) -> tuple[Required, ...]:
    """The statuses that must be green on a head before it is merged into ``branch``, sorted and once each."""
    found: dict[str, int] = {}
    for _, rule in rules_of(world, repository, f"refs/heads/{branch}"):
        if rule["type"] == "required_status_checks":
            for check in rule.get("parameters", {}).get("required_status_checks", ()):
                found[str(check["context"])] = int(check.get("integration_id") or 0)
    protection = world.store.get(Protection, repository.full_name, branch)
    for context in protection.contexts if protection else ():
        found.setdefault(context, 0)
    return tuple(Required(context, found[context]) for context in sorted(found))


def approvals_wanted(world: World, repository: Repository, branch: str) -> int:
    """How many approvals a pull request into ``branch`` needs."""
    wanted = [0]
    for _, rule in rules_of(world, repository, f"refs/heads/{branch}"):
        if rule["type"] == "pull_request":
            wanted.append(int(rule.get("parameters", {}).get("required_approving_review_count", 0)))
    protection = world.store.get(Protection, repository.full_name, branch)
    return max(*wanted, protection.approvals if protection else 0)


def latest_statuses(world: World, full_name: str, sha: str) -> dict[str, Status]:
    """The newest status of each context, newest context first."""
    found: dict[str, Status] = {}
    for status in reversed(world.store.find(Status, full_name, sha=sha)):
        found.setdefault(status.context, status)
    return found


def not_green(world: World, repository: Repository, branch: str, sha: str) -> tuple[str, ...]:
    """The required contexts that are not success on ``sha``, or were set by another App than the ruleset names."""
    statuses = latest_statuses(world, repository.full_name, sha)
    checks = {check.name: check for check in world.store.find(CheckRun, repository.full_name, sha=sha)}
    missing = []
    for wanted in required(world, repository, branch):
        status, check = statuses.get(wanted.context), checks.get(wanted.context)
        green = status is not None and status.state == "success"
        green = green or (
            status is None and check is not None and check.conclusion in {"success", "neutral", "skipped"}
        )
        creator = status.creator if status is not None else check.creator if check is not None else ""
        if not green or (wanted.integration and world.user(creator).id != wanted.integration):
            missing.append(wanted.context)
    return tuple(missing)


def approvals(world: World, full_name: str, number: int, head: str) -> tuple[str, ...]:
    """Who approves the head commit, by their last review that is not a mere comment."""
    last: dict[str, Review] = {}
    for review in world.store.find(Review, full_name, number=number):
        if review.state in {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}:
            last[review.author] = review
    return tuple(login for login, review in last.items() if review.state == "APPROVED" and review.sha == head)


def protected(world: World, repository: Repository, branch: str) -> bool:
    """Whether any rule or protection speaks of ``branch``."""
    if world.store.get(Protection, repository.full_name, branch) is not None:
        return True
    return any(ruleset.rules for ruleset in matching(world, repository, f"refs/heads/{branch}"))


def _applies(ruleset: Ruleset, repository: Repository, ref: str) -> bool:
    names = ruleset.conditions.get("ref_name", {})
    included = any(_matches(str(pattern), repository, ref) for pattern in names.get("include", ("~ALL",)))
    return included and not any(_matches(str(pattern), repository, ref) for pattern in names.get("exclude", ()))


def _matches(pattern: str, repository: Repository, ref: str) -> bool:
    if pattern == "~ALL":
        return True
    if pattern == "~DEFAULT_BRANCH":
        return ref == f"refs/heads/{repository.default_branch}"
    parts = re.split(r"(\*\*/?|\*|\?)", pattern)
    signs = {"**": ".*", "**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    return re.fullmatch("".join(signs.get(part, re.escape(part)) for part in parts), ref) is not None


def _bypasses(world: World, repository: Repository, ruleset: Ruleset, who: Mover) -> bool:
    for actor in ruleset.bypass_actors:
        if actor.get("bypass_mode", "always") != "always":
            continue
        kind, number = actor.get("actor_type"), actor.get("actor_id")
        user = world.store.get(User, "", who.login)
        if kind == "Integration" and who.integration and user is not None and user.id == number:
            return True
        admin = not who.integration and world.role(who.login, repository) == "admin"
        if admin and (kind == "OrganizationAdmin" or (kind == "RepositoryRole" and number == ADMIN_ROLE)):
            return True
    return False
