"""The statuses and checks of a commit as one list, and what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wardround.sandbox.model import CheckRun, Repository
from wardround.sandbox.rules import latest_statuses, not_green, required
from wardround.sandbox.world import World

_WORDS = {
    "success": "passed",
    "failure": "failed",
    "error": "could not check",
    "startup_failure": "could not start",
    "timed_out": "timed out",
    "action_required": "waits for approval",
    "cancelled": "cancelled",
    "skipped": "skipped",
    "neutral": "neutral",
    "pending": "pending",
    "queued": "queued",
    "waiting": "waiting",
    "in_progress": "in progress",
    "expected": "expected",
}
_GOOD = frozenset(("success",))
_IDLE = frozenset(("skipped", "neutral", "cancelled"))
_OPEN = frozenset(("pending", "queued", "waiting", "in_progress", "expected"))


def tone(state: str) -> str:
    """How a state is drawn: good, idle, open or bad."""
    for name, states in (("good", _GOOD), ("idle", _IDLE), ("open", _OPEN)):
        if state in states:
            return name
    return "bad"


def state_of(status: str, conclusion: str) -> str:
    """One word for a run, job or step."""
    return conclusion if status == "completed" and conclusion else status


@dataclass(frozen=True)
class Check:
    """A status or a check of a commit. ``unmet`` marks a required one that still stands in the way of a merge."""

    name: str
    state: str
    description: str = ""
    link: str = ""
    creator: str = ""
    required: bool = False
    unmet: bool = False

    @property
    def tone(self) -> str:
        """How it is drawn."""
        return tone(self.state)

    @property
    def word(self) -> str:
        """Its state in words."""
        return _WORDS.get(self.state, self.state.replace("_", " "))


@dataclass(frozen=True)
class Total:
    """What all checks add up to."""

    tone: str
    title: str
    detail: str


def checks_of(world: World, repository: Repository, sha: str, branch: str = "") -> tuple[Check, ...]:
    """The checks of ``sha``; with ``branch``, also those that it requires and nobody has reported."""
    wanted = {rule.context: rule for rule in required(world, repository, branch)} if branch else {}
    unmet = set(not_green(world, repository, branch, sha)) if branch else set()
    found: dict[str, Check] = {}
    for check in world.store.find(CheckRun, repository.full_name, sha=sha):
        state = state_of(check.status, check.conclusion)
        found[check.name] = Check(check.name, state, check.title, check.details_url, check.creator)
    for name, status in latest_statuses(world, repository.full_name, sha).items():
        found[name] = Check(name, status.state, status.description, status.target_url, status.creator)
    for name in wanted:
        found.setdefault(name, Check(name, "expected", "Waiting for status to be reported"))
    return tuple(
        Check(
            item.name,
            item.state,
            _foreign(item, foreign=item.name in unmet and item.state == "success") or item.description,
            item.link,
            item.creator,
            item.name in wanted,
            item.name in unmet,
        )
        for item in sorted(found.values(), key=lambda item: (item.name not in wanted, item.name))
    )


def _foreign(item: Check, *, foreign: bool) -> str:
    """Said of a green status that does not count, because another App set it than the ruleset names."""
    return f"Does not count: set by {item.creator}, and the ruleset wants it from another App" if foreign else ""


def total(checks: Sequence[Check]) -> Total | None:
    """The line above the list; None when there are no checks."""
    if not checks:
        return None
    tones = [check.tone for check in checks]
    counts = ((tones.count("bad"), "failing"), (tones.count("open"), "pending"), (tones.count("idle"), "skipped"))
    told = [f"{number} {word}" for number, word in (*counts, (tones.count("good"), "successful")) if number]
    detail = f"{', '.join(told)} check{'' if len(checks) == 1 else 's'}"
    if "open" in tones:
        return Total("open", "Some checks haven't completed yet", detail)
    if "bad" in tones:
        every = all(one in {"bad", "idle"} for one in tones)
        return Total("bad", "All checks have failed" if every else "Some checks were not successful", detail)
    return Total("good", "All checks have passed", detail)
