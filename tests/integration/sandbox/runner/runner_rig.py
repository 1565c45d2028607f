"""A sandbox with one repository whose workflows a test writes, and the runner that runs them with the real act."""

import contextlib
import json
import textwrap
from dataclasses import dataclass
from pathlib import Path

from wardround.proc import Command, run
from wardround.sandbox import events, operations
from wardround.sandbox.events import Actor, Move
from wardround.sandbox.model import Job, Run
from wardround.sandbox.operations import NewPull
from wardround.sandbox.runner import Runner
from wardround.sandbox.server import Sandbox
from wardround.sandbox.world import NewRepository, World

NAME = "acme/ml"
OWNER = Actor("acme")
PINS = {
    "checkout": "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1",
    "upload": "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a",
    "download": "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c",
    "cache": "actions/cache@55cc8345863c7cc4c66a329aec7e433d2d1c52a9",
    "python": "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97",
    "app": "actions/create-github-app-token@1b10c78c7865c340bc4f6099eb2f838309f1e8c3",
}


def git(where, *args):
    done = run(
        Command(
            ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org", *args],
            cwd=where,
            env={"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"},
        )
    )
    assert done.ok, done.err
    return done.out.strip()


def pinned(text):
    for short, pin in PINS.items():
        text = text.replace(f"<{short}>", pin)
    return text


@dataclass
class Rig:
    """What a test works with."""

    world: World
    source: Path
    runner: Runner
    sandbox: Sandbox | None = None

    def commit(self, files, branch="main", message="a change"):
        """Commits ``files`` (a workflow's short name, or a path) on ``branch`` of the sandbox's repository; its sha."""
        for name, text in files.items():
            path = self.source / (name if "/" in name else f".github/workflows/{name}.yml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pinned(textwrap.dedent(text)), encoding="utf-8")
        git(self.source, "add", "--all")
        git(self.source, "commit", "-qm", message)
        if self.world.repository(NAME) is None:
            self.world.create_repository(NewRepository(NAME, from_path=self.source))
        self.world.bare(NAME).fetch(self.source, "HEAD", f"refs/heads/{branch}")
        return git(self.source, "rev-parse", "HEAD")

    def push(self, ref="refs/heads/main"):
        """Tells of a push of what is there."""
        sha = self.world.bare(NAME).ref(ref)
        return events.push(self.world, self.world.repository(NAME), OWNER, Move(ref, "0" * 40, sha))

    def pull(self, branch="topic", head_repository=NAME, actor=OWNER):
        """Opens a pull request of ``branch``."""
        return operations.open_pull(
            self.world, NewPull(NAME, "A change", head_repository, branch, "main", "Why"), actor
        )

    def work(self, timeout=60.0):
        """Starts the runner if need be, waits until nothing is left to do, and gives the runs, oldest first."""
        if self.runner._worker is None:
            self.runner.start()
        self.runner.idle(timeout)
        return self.runs()

    def runs(self, **equals):
        return self.world.store.find(Run, NAME, **equals)

    def jobs(self, run):
        return {job.name: job for job in self.world.store.find(Job, NAME, run_id=run.id)}

    def log(self, job):
        """The lines of a job's log without their times."""
        path = self.world.directory / job.log
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        return "\n".join(line.partition(" ")[2] for line in lines)

    def logs(self):
        """Everything that was logged."""
        return "\n".join(self.log(job) for job in self.world.store.find(Job, NAME))


def processes(directory):
    """The programs on this machine that work for the sandbox in ``directory``: process id and arguments."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            told = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            if str(directory).encode() in told and state != "Z":
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


def told(text):
    """JSON that a step printed between two marks."""
    return json.loads(text.partition("<<<")[2].partition(">>>")[0])
