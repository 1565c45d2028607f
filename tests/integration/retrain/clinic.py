"""``hospital/readmission`` on a sandbox, whose monitor alarms. The forge, git, the draft and the argument are real; the pipeline was run before."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.special import expit

from wardround.disclosure import Inside, disclose
from wardround.evidence.decision import Decision
from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import Cause, CauseKind, MonitorEvidence, MonitorFinding, Severity, Signal, Span
from wardround.evidence.profile import Profile
from wardround.evidence.retraining import Fix, RetrainingEvidence
from wardround.flows.retrain import fixes, newdata, recent, run
from wardround.flows.retrain.building import Built
from wardround.flows.retrain.climbing import Tried
from wardround.flows.retrain.proposing import Chosen
from wardround.flows.retrain.request import RetrainRequest
from wardround.flows.retrain.treating import LOOP
from wardround.forge import Credentials, connect
from wardround.forge.connection import Limits
from wardround.monitoring.retraining import Half, LadderRequest, climb, halves
from wardround.monitoring.retraining import Limits as GateLimits
from wardround.profile.builder import ColumnSpec, profile_batches
from wardround.project.layout import Project
from wardround.sandbox import operations
from wardround.sandbox.events import Actor
from wardround.sandbox.model import Issue, Label, Pull
from wardround.sandbox.server import Sandbox
from wardround.sandbox.tokens import ACTIONS_BOT
from wardround.values import Verdict

REPO, NAME = "hospital/readmission", "readmission"
ONCE = Limits(attempts=1, total=120.0, timeout=60.0, wait=0.001, wait_max=0.002, pause=0.001)
GIT = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@hospital.example", "-c", "commit.gpgsign=false")
WHOLE = Path(__file__).resolve().parents[2] / "projects" / "whole"
LOCK = "schema: '2.0'\nstages:\n  train:\n    cmd: t\n    outs:\n    - path: models/model\n      md5: {model}.dir\n"
SNAPSHOT = "  ingest:\n    cmd: i\n    outs:\n    - path: data/snapshot\n      md5: {data}.dir\n"
#: What the job of monitor.yml is given.
PERMISSIONS = {"contents": "write", "issues": "write", "pull-requests": "write"}
FIRST = dt.date(2025, 4, 1)


def git(place: Path, *args: str) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run([*GIT, *args], cwd=place, check=True, capture_output=True, text=True, timeout=60, env=env)
    return done.stdout.strip()


def looked(
    *rules: str, weeks: int = 8, begun: int = 5, causes: tuple[Cause, ...] = (), severity: Severity = Severity.ALERT
) -> MonitorEvidence:
    """A look at so many weeks, in which those rules alarm since week ``begun``."""
    windows = tuple(
        Span(name=f"w{k}", start=FIRST + dt.timedelta(7 * k), end=FIRST + dt.timedelta(7 * k + 7)) for k in range(weeks)
    )
    signals = tuple(
        Signal(
            rule="calibration.decay",
            measure="oe",
            window=window.name,
            n=500,
            minimum=100,
            events=60,
            estimate=Estimate(value=1.5, low=1.3, high=1.8),
        )
        for window in windows
    )
    findings = tuple(
        MonitorFinding(
            rule=rule, severity=severity, summary=f"{rule} moved.", since=windows[begun].name, subject=_of(rule)
        )
        for rule in rules
    )
    return MonitorEvidence(
        project=NAME,
        stage="prod",
        versions=("v1.0.0",),
        until=windows[-1].end,
        windows=windows,
        answers=4000,
        outcomes=4000,
        matured=4000,
        signals=signals,
        findings=findings,
        causes=causes,
    )


def _of(rule: str) -> str:
    return "creatinine" if rule.startswith("drift.") else ""


def units() -> Cause:
    """A unit that was mixed up."""
    return Cause(
        kind=CauseKind.UNITS,
        subject="creatinine",
        summary="creatinine looks 88 times as small.",
        rules=("drift.units",),
    )


def _climbed() -> Any:
    draw = np.random.default_rng(1)
    latent = draw.normal(-1.5, 1.0, 4000)
    outcome = (draw.random(4000) < expit(latent - 1)).astype(np.int8)
    first = halves([str(n) for n in range(4000)], 1)
    parts = [Half(outcome[m], np.flatnonzero(m), expit(latent[m]), 14.0) for m in (first, ~first)]
    return climb(LadderRequest(*parts, GateLimits(), (0.2, 0.1))), parts


@dataclass
class Clinic:
    """The sandbox, and a clone in which the monitor looked. ``data`` is the digest of what the moved window holds; ``verdict`` the review's."""

    sandbox: Sandbox
    place: Path
    clone: Path
    tokens: dict[str, str] = field(default_factory=dict)
    data: str = "d" * 32
    verdict: Verdict = Verdict.PASS
    made: int = 0

    @property
    def store(self):
        return self.sandbox.store

    def retrain(self, evidence: MonitorEvidence, who: str = "job", *, data_only: bool = False, **how: Any):
        """What ``wardround retrain`` (``--data``) does, as the job of monitor.yml or as a person."""
        token = self.sandbox.world.tokens.run(REPO, PERMISSIONS) if who == "job" else self.tokens[who]
        author = ACTIONS_BOT if who == "job" else ""
        forge = connect(Credentials(REPO, token, self.sandbox.api_url, author=author, limits=ONCE))
        try:
            request = RetrainRequest(Project(self.clone), evidence, forge, by_job=forge.author() == ACTIONS_BOT, **how)
            return newdata.new_data(request) if data_only else run.retrain(request)
        finally:
            forge.close()

    def pulls(self, state: str = "open") -> list[Pull]:
        return [one for one in self.store.find(Pull, REPO) if state in ("all", one.state)]

    def issues(self, state: str = "open") -> list[Issue]:
        return [one for one in self.store.find(Issue, REPO) if state in ("all", one.state)]

    def bare(self):
        return self.sandbox.repositories.open(REPO)

    def read(self, path: str, commit: str) -> str:
        return git(self.bare().path, "show", f"{commit}:{path}")

    def close(self, number: int) -> None:
        pull = self.store.get(Pull, REPO, number)
        operations.set_state(self.sandbox.world, pull, Actor("ada"), "closed")

    def label(self, kind: type, number: int, name: str) -> None:
        if self.store.get(Label, REPO, name) is None:
            self.store.put(Label(self.store.next_id(), REPO, name))
        item = self.store.get(kind, REPO, number)
        self.store.put(replace(item, labels=(*item.labels, name)))

    def main_moves(self) -> str:
        """Other work is merged; the clone fetches it."""
        source = self.place / "work"
        shutil.rmtree(source, ignore_errors=True)
        git(self.place, "clone", "-q", str(self.bare().path), str(source))
        (source / "README.md").write_text("other work\n")
        git(source, "add", "-A")
        git(source, "commit", "-qm", "Other work")
        git(source, "push", "-q", "origin", "main")
        git(self.clone, "pull", "-q", "origin", "main")
        return git(source, "rev-parse", "HEAD")

    def merge(self, number: int) -> None:
        """As somebody merged it, at its head; the clone fetches it."""
        pull = self.store.get(Pull, REPO, number)
        git(self.bare().path, "update-ref", "refs/heads/main", pull.head_sha)
        self.store.put(replace(pull, state="closed", merged=True))
        git(self.clone, "pull", "-q", "origin", "main")

    def put_back(self) -> None:
        """No proposal, issue or label was ever made."""
        for kind in (Pull, Issue, Label):
            for one in self.store.find(kind, REPO):
                self.store.remove(one)
        for name in self.bare().refs():
            if name not in ("refs/heads/main", "HEAD"):
                self.bare().delete(name)

    def end(self) -> dict[str, Any]:
        """What is there, without numbers."""
        return {
            "pulls": [
                (p.title, p.state, sorted(p.labels), p.head_branch, self.bare().commit(p.head_sha).tree, p.body)
                for p in self.pulls("all")
            ],
            "issues": [(i.title, i.state, sorted(i.labels), i.body) for i in self.issues("all")],
        }


def profile(mean: float, rows: int) -> Profile:
    """A snapshot with one column."""
    values = pa.array(np.random.default_rng(rows).normal(mean, 5.0, rows))
    specs = [ColumnSpec("age", "float")]
    return profile_batches(specs, [pa.record_batch([values], names=["age"])])


def _replaced(clinic: Clinic, patch: Any) -> None:
    """What takes minutes: the pipeline, the ladder's data and the review, as a run before made them."""
    climbed, parts = _climbed()

    def reproduce(project: Any, _progress: Any, **_how: Any) -> None:
        lock = LOCK.format(model="a" * 32) + SNAPSHOT.format(data=clinic.data)
        (project.root / "dvc.lock").write_text(lock, encoding="utf-8")

    def try_fixes(draft: Any, _base: Any, window: Any, _answer: Any) -> Tried:
        evidence = RetrainingEvidence(
            project=NAME,
            base_commit=draft.commit,
            window=window,
            data_digest=draft.data_digest,
            fitted_on=parts[0].counted,
            judged_on=parts[1].counted,
            champion=climbed.champion,
            attempts=climbed.attempts,
            chosen=Fix.INTERCEPT,
            unrepaired=("AUROC: 0.71 with the best fix, 0.80 when the model was validated",),
            feedback=LOOP,
        )
        return Tried(climb=climbed, evidence=evidence)

    def choose(draft: Any, attempts: Any, window: Any, ended: Any, _progress: Any) -> Chosen:
        clinic.made += 1
        (first, *_) = attempts
        return Chosen(first.fix, built(draft, fixes.changes_of(first, draft.project.params, window, ended), "the fix"))

    def build(draft: Any, changes: Any, title: str, _progress: Any) -> Built:
        clinic.made += 1
        return built(draft, changes, title)

    def built(draft: Any, changes: Any, title: str) -> Built:
        made = draft.with_params(changes)
        made.commit_all(title)
        decision = Decision(
            project=NAME,
            verdict=clinic.verdict,
            outcome="non-inferior",
            subject_digest="sha256:" + "0" * 64,
            head_commit=draft.commit,
            base_commit=draft.commit,
            judged_by=draft.commit,
            findings=(),
        )
        now, before = profile(41.0, 1200), profile(40.0, 1000)
        published = disclose(Inside(decision=decision, profile=now, base_profile=before))
        files = {name: made.file(name) for name in ("params.yaml", "dvc.lock")}
        return Built(files, SimpleNamespace(decision=decision, published=published))

    patch.setattr(run, "reproduce", reproduce)
    patch.setattr(run, "try_fixes", try_fixes)
    patch.setattr(run, "choose", choose)
    patch.setattr(newdata, "reproduce", reproduce)
    patch.setattr(newdata, "build", build)
    patch.setattr(recent, "training_ended", lambda _base: dt.datetime(2025, 1, 10, 12, 30))  # noqa: DTZ001 - as the snapshot


@contextlib.contextmanager
def opened(place: Path, patch: Any):
    source = place / "source"
    source.mkdir()
    git(source, "init", "-qb", "main")
    text = (WHOLE / "params.yaml").read_text(encoding="utf-8").replace("name: tiny", f"name: {NAME}")
    (source / "params.yaml").write_text(text, encoding="utf-8")
    (source / "dvc.yaml").write_text("stages: {}\n")
    (source / "dvc.lock").write_text(LOCK.format(model="a" * 32))
    (source / ".gitignore").write_text("/reports\n")
    (source / ".dvc").mkdir()
    (source / ".dvc" / ".gitignore").write_text("/config.local\n/tmp\n/cache\n")
    (source / ".dvc" / "config").write_text("[core]\n    no_scm = true\n")
    git(source, "add", "-A")
    git(source, "commit", "-qm", "The hospital's model")
    with Sandbox(place / "sandbox") as sandbox:
        sandbox.create_repository("hospital", "readmission", from_path=source)
        made = Clinic(sandbox, place, place / "clone")
        made.tokens = {login: sandbox.create_user(login) for login in ("hospital", "ada")}
        sandbox.store.put(replace(sandbox.world.repository(REPO), writers=("ada",)))
        git(place, "clone", "-q", str(made.bare().path), str(made.clone))
        (made.clone / "reports").mkdir()
        _replaced(made, patch)
        yield made
