"""``wardround ci publish`` as a process of its own, killed with SIGKILL before or after one of its requests is answered."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hospital as rig
import pytest
import wanted
from hospital import Change, Hospital

RUN_ID = "4711"


def environment(hospital: Hospital, token: str, out: Path, event: Path) -> dict[str, str]:
    """What a job of publish.yml has."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(out.parent),
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": rig.REPO,
        "GITHUB_API_URL": hospital.sandbox.api_url,
        "GITHUB_SERVER_URL": "https://forge.example",
        "GITHUB_RUN_ID": RUN_ID,
        "GITHUB_TOKEN": token,
        "GITHUB_OUTPUT": str(out),
        "GITHUB_EVENT_PATH": str(event),
        "MPLBACKEND": "Agg",
        "DVC_NO_ANALYTICS": "1",
    }


@dataclass
class Job:
    """The publishing job of one run."""

    hospital: Hospital
    run: int
    place: Path
    token: str = ""
    words: tuple[str, ...] = ("publish",)
    more: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)

    def start(self) -> subprocess.Popen[str]:
        self.place.mkdir(exist_ok=True)
        event, out = self.place / "event.json", self.place / "outputs"
        event.write_text(json.dumps({"action": "completed", "repository": {"default_branch": "main"}}))
        token = self.token or self.hospital.sandbox.world.tokens.run(rig.REPO, rig.PUBLISH)
        command = [sys.executable, "-m", "wardround", "ci", *self.words, "--run", str(self.run), *self.more]
        if self.words == ("publish",):
            command += ["--reports", str(self.reports)]
        env = {**environment(self.hospital, token, out, event), **self.env}
        return subprocess.Popen(
            command, cwd=self.hospital.tree, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    @property
    def reports(self) -> Path:
        return self.place / "reports"

    def finished(self, process: subprocess.Popen[str]) -> tuple[int, str, str]:
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err


class Killing(list[Any]):
    """The sandbox's record of answers: an answer is noted when its effect took place and nobody was told yet."""

    def __init__(self, killer: Killer) -> None:
        super().__init__()
        self.killer = killer

    def append(self, item: Any) -> None:
        super().append(item)
        self.killer.meet("after")


@dataclass
class Killer:
    """Counts requests; ends the process at one of them."""

    number: int
    when: str
    process: subprocess.Popen[str] | None = None
    seen: int = 0
    done: bool = False

    def meet(self, when: str) -> None:
        if when == self.when:
            self.seen += 1
            if self.seen == self.number + 1 and self.process is not None:
                self.done = True
                self.process.send_signal(signal.SIGKILL)
                self.process.wait(60)

    def before(self, _method: str, _path: str) -> None:
        self.meet("before")


def killed(job: Job, number: int, when: str) -> bool:
    """Whether the process met its end at that request."""
    killer, calls = Killer(number, when), job.hospital.sandbox.calls
    calls.interceptors.append(killer.before)
    kept, calls.made = calls.made, Killing(killer)
    try:
        killer.process = job.start()
        code, _, err = job.finished(killer.process)
    finally:
        calls.interceptors.remove(killer.before)
        calls.made = kept
    assert (code == -signal.SIGKILL) == killer.done, err
    return killer.done


def ends(hospital: Hospital, change: Change, run: int, reports: Path) -> wanted.End:
    """How it ends when nothing is in the way: published in this process."""
    page = f"https://forge.example/{rig.REPO}/actions/runs/{RUN_ID}"
    hospital.publish(run, page=page, reports=reports)
    return wanted.end(hospital, change, reports)


def sweep(hospital: Hospital, place: Path, points: list[tuple[int, str]]) -> int:
    """Kills at each point and publishes again; how many processes were killed."""
    change = hospital.change()
    run = hospital.reviewed(change)
    expected = ends(hospital, change, run, place / "expected")
    count = 0
    for turn, (number, when) in enumerate(points):
        hospital.forget(change)
        job = Job(hospital, run, place / f"{number}-{when}")
        assert killed(job, number, when), f"there is no request {number}"
        count += 1
        if turn % 5 == 0:  # as a process again; the others in this one, which is the same code and sooner done
            code, _, err = job.finished(job.start())
            assert code == 0, err
            found = wanted.end(hospital, change, job.reports)
        else:
            found = ends(hospital, change, run, job.reports)
        assert wanted.problems(found, expected) == [], (number, when)
    return count


#: First the requests that change something, on both sides; then reading at the beginning, in the middle and at the end.
TEN = [(6, "before"), (6, "after"), (9, "before"), (9, "after"), (0, "after"), (2, "before"), (4, "after"), (5, "after"), (7, "after"), (8, "after")]  # fmt: skip


def test_ten_kills(hospital, tmp_path):
    assert sweep(hospital, tmp_path, TEN) == 10


@pytest.mark.slow
def test_a_kill_at_every_request(hospital, tmp_path, capsys):
    every = [(number, when) for number in range(10) for when in ("before", "after")]
    count = sweep(hospital, tmp_path, every)
    with capsys.disabled():
        sys.stdout.write(f"\n{count} processes killed\n")


def test_two_processes_at_once(hospital, tmp_path):
    change = hospital.change()
    run = hospital.reviewed(change)
    expected = ends(hospital, change, run, tmp_path / "expected")
    hospital.forget(change)
    jobs = [Job(hospital, run, tmp_path / name) for name in ("one", "two")]
    for job, process in [(job, job.start()) for job in jobs]:
        code, _, err = job.finished(process)
        assert code == 0, err
    assert wanted.problems(wanted.end(hospital, change, jobs[0].reports), expected) == []
