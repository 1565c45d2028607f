"""The end of the demonstration: sixty days of traffic with an outbreak, the scheduled look, its alert, and the proposal that argues its case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.flows.demo import ANSWER
from wardround.sandbox.demo import traffic

if TYPE_CHECKING:
    from wardround.sandbox.demo.bedside import Scene

#: Seconds that all workflows may take; a few minutes on two idle cores.
_PATIENCE = 3600.0
BRANCH = "retrain/"
WORKFLOW = "monitor.yml"


@dataclass(frozen=True)
class Watching:
    """What the scheduled look found: its run's conclusion (``failure`` on an alert), the proposal, and where the dashboard is."""

    answers: int
    run: str
    pull: int | None
    url: str
    title: str
    body: str
    dashboard: Path

    @property
    def broken(self) -> tuple[str, ...]:
        """What was promised and did not come true."""
        found = []
        if self.run != "failure":
            found.append(f"the look was to end red, with an alert, and ended with {self.run or 'nothing'}")
        if self.pull is None:
            found.append("one proposal was to be opened")
        elif "What was tried on the recent window" not in self.body:
            found.append("the proposal was to argue its case")
        if not self.dashboard.is_file():
            found.append("the dashboard was to be written")
        return tuple(found)


def play(scene: Scene, place: Path) -> Watching:
    """From sixty days of answers to the proposal and the dashboard. ``place`` holds the log and the outcomes."""
    say: Callable[[str], None] = scene.say
    say(
        f"# {traffic.DAYS} days later: what prod answered is in the log, and the outcomes have come in. In the sixth week an outbreak began"
    )
    answers = traffic.happen(scene.ada, place)
    say(f"    {answers:,} answers, from {traffic.FIRST} on")
    say(f"# the forge runs {WORKFLOW} (here as on {traffic.LOOK}): it looks, alerts, and answers the alert")
    scene.runner.dispatch(scene.repository, WORKFLOW, inputs={"until": traffic.LOOK.isoformat()})
    scene.runner.idle(_PATIENCE)
    made = _read(scene, answers, scene.ada.root / "reports" / "dashboard" / "index.html")
    if made.pull is not None:
        say(f"    pull request {made.pull}: {made.url}")
        say(f"    {made.title}")
        for line in _told(made.body):
            say(f"{ANSWER}{line}")
    say("$ git fetch && wardround dashboard")
    scene.ada.git("fetch", "--quiet", "--tags", "origin")
    scene.ada.wardround("dashboard", "--quiet")
    say(f"    {made.dashboard.as_uri()}")
    return made


def _read(scene: Scene, answers: int, dashboard: Path) -> Watching:
    """The run and the open proposal, as the forge has them."""
    from wardround.sandbox.model import Pull
    from wardround.sandbox.model_runs import Run

    store = scene.sandbox.store
    runs = [run for run in store.find(Run, scene.repository) if run.path.endswith(WORKFLOW)]
    pulls = [one for one in store.find(Pull, scene.repository) if one.head_branch.startswith(BRANCH)]
    pull = pulls[0] if len(pulls) == 1 and pulls[0].state == "open" else None
    return Watching(
        answers,
        runs[-1].conclusion if runs else "",
        pull.number if pull else None,
        f"{scene.sandbox.url}/{scene.repository}/pull/{pull.number}" if pull else "",
        pull.title if pull else "",
        pull.body if pull else "",
        dashboard,
    )


def _told(body: str) -> list[str]:
    """What moved and what it costs to wait: the proposal's first two sections, without their headings."""
    lines = body.splitlines()
    start = next((n for n, line in enumerate(lines) if line.startswith("## What moved")), len(lines))
    end = next((n for n, line in enumerate(lines) if line.startswith("## What was tried")), len(lines))
    return [line for line in lines[start:end] if line.startswith("- ")]
