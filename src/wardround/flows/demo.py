"""The demonstration: a synthetic project, a branch that changes the model, and its review, in a scratch directory."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.files import write_text
from wardround.flows.initialise import initialise_synthetic
from wardround.flows.review.request import ReviewRequest, ReviewResult
from wardround.flows.review.run import review
from wardround.proc import Command, run
from wardround.project.layout import Project

#: Begins a line of a verdict, as ``$ `` begins a command; other lines are progress.
ANSWER = "= "

#: What the branch of the demonstration changes: fewer, larger leaves, which costs almost no discrimination.
CHANGE = ("max_leaf_nodes: 15", "max_leaf_nodes: 12")


@dataclass(frozen=True)
class DemoResult:
    """Where the demonstration lies, and the reviews of main (the first version) and of the branch. Both are to pass."""

    directory: Path
    main: ReviewResult
    branch: ReviewResult

    @property
    def broken(self) -> tuple[str, ...]:
        """What was promised and did not come true."""
        found = []
        if self.main.decision.verdict.blocks or self.main.decision.outcome != "baseline":
            found.append("the first version was to pass as the baseline")
        if self.branch.decision.verdict.blocks:
            found.append("the branch was to pass")
        return tuple(found)


def demonstrate(place: Path, say: Callable[[str], None]) -> DemoResult:
    """Builds everything below ``place`` (emptied first) and reviews the branch. Offline; nothing outside ``place`` is touched."""
    if place.exists():
        shutil.rmtree(place)
    root = place / "readmission"
    say("$ wardround init readmission")
    initialise_synthetic(root)
    project = Project(root)
    say("$ wardround review          # main: the first version ever, so absolute floors decide")
    first = review(ReviewRequest(project, progress=say))
    _answer(first, say)
    _commit(root, "First version", say)
    say("$ git switch -c fewer-leaves  # one line of params.yaml")
    _git(root, "switch", "--quiet", "-c", "fewer-leaves")
    _edit(root / "params.yaml", *CHANGE)
    say("$ wardround review          # a draft: it reproduces what changed, and writes dvc.lock")
    review(ReviewRequest(Project(root), progress=say))
    _commit(root, "Fewer, larger leaves", say)
    say("$ wardround review          # the commit")
    branch = review(ReviewRequest(Project(root), progress=say))
    _answer(branch, say)
    return DemoResult(root, first, branch)


def _answer(result: ReviewResult, say: Callable[[str], None]) -> None:
    for line in ("", *result.summary, ""):
        say(f"{ANSWER}{line}")


def _edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    changed, count = re.subn(re.escape(before), after, text)
    if count != 1:
        raise EnvironmentFailure("the demonstration's change does not fit its project", where=str(path), wanted=before)
    write_text(path, changed)


def _commit(root: Path, message: str, say: Callable[[str], None]) -> None:
    say(f"$ git commit -am '{message}' && dvc push")
    _git(root, "add", "--all")
    _git(root, "commit", "--quiet", "--message", message)
    done = run(Command([sys.executable, "-m", "dvc", "push", "--quiet"], cwd=root))
    if not done.ok:
        raise EnvironmentFailure("dvc push failed", where=str(root), found=done.err.strip()[-400:])


def _git(root: Path, *args: str) -> None:
    """Git with an identity of its own, so that the demonstration runs where nobody set one."""
    who = {
        "GIT_AUTHOR_NAME": "Wardround demo",
        "GIT_AUTHOR_EMAIL": "demo@example.org",
        "GIT_COMMITTER_NAME": "Wardround demo",
        "GIT_COMMITTER_EMAIL": "demo@example.org",
    }
    done = run(Command(["git", *args], cwd=root, env=who, timeout=60))
    if not done.ok:
        raise EnvironmentFailure(f"git {args[0]} failed", where=str(root), found=done.err.strip()[-400:])
