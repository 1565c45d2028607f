"""A pull request's workflow with an empty job in the sandbox: from the event to the finished run, under one second.

Peer: act by itself, told by hand, on the same job in a git repository. What is above it is the sandbox: the event, the
plan, tokens, records, logs, and the event that the finished run makes.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from timing import arguments, paired, process, tell

from wardround.sandbox import operations
from wardround.sandbox.events import Actor, pull_request
from wardround.sandbox.model import Run
from wardround.sandbox.operations import NewPull
from wardround.sandbox.runner import Runner
from wardround.sandbox.server import Sandbox

WORKFLOW = {
    "name": "empty",
    "on": "pull_request",
    "permissions": {"contents": "read"},
    "jobs": {"a": {"runs-on": "ubuntu-24.04", "steps": [{"run": "true"}]}},
}
LIMIT = 1.0


def repository(place: Path) -> Path:
    """A repository with the workflow on main, and a branch that differs."""
    (place / ".github" / "workflows").mkdir(parents=True)
    (place / ".github" / "workflows" / "empty.yml").write_text(json.dumps(WORKFLOW))
    git = ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    process([*git, "init", "-q", "-b", "main"], place)
    for message, branch in (("one", "main"), ("two", "topic")):
        (place / "text").write_text(message)
        process([*git, "checkout", "-q", "-B", branch], place)
        process([*git, "add", "--all"], place)
        process([*git, "commit", "-qm", message], place)
    return place


if __name__ == "__main__":
    options = arguments(__doc__, runs=9)
    with tempfile.TemporaryDirectory() as scratch, Sandbox(Path(scratch) / "sandbox") as sandbox:
        source = repository(Path(scratch) / "source")
        sandbox.create_repository("acme", "ml", source)
        actor = Actor("acme")
        pull = operations.open_pull(sandbox.world, NewPull("acme/ml", "Empty", "acme/ml", "topic", "main"), actor)
        runner = Runner(sandbox)
        runner.start()
        runner.idle()

        def ours() -> float:
            started = time.perf_counter()
            pull_request(sandbox.world, pull, actor, "synchronize")
            runner.idle()
            return time.perf_counter() - started

        act = str(Path(sys.executable).parent / "act")
        told = ["pull_request", "-P", "ubuntu-24.04=-self-hosted", "--no-cache-server", "--json"]
        result = paired(ours, lambda: process([act, *told], source), options.runs)
        runner.stop()
        conclusions = {run.conclusion for run in sandbox.store.find(Run)}
        if conclusions != {"success"}:
            sys.exit(f"the runs did not go well: {conclusions}")
    tell("an empty workflow in the sandbox", "act by itself", "none: the limit is in seconds", result, options.out)
    print(f"  from event to finished run: {result['ours_seconds']:.3f} s (limit {LIMIT:.0f} s)")
    if result["ours_seconds"] > LIMIT:
        sys.exit("over the limit")
