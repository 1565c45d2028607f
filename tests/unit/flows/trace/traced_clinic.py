"""A repository with two released versions, evidence in DVC's cache, signed releases in a storage, a ledger and a prediction log."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from wardround.deploy.stage_file import StageFile
from wardround.files import canonical_json, sha256_bytes
from wardround.flows.ledger import registering
from wardround.flows.ledger.desk import desk
from wardround.flows.promote.approving import Approval
from wardround.flows.trace.ground import Ground
from wardround.forge.values import Review
from wardround.project.layout import Project
from wardround.registry import tags
from wardround.registry.fold import fold
from wardround.registry.record import StageRecord, VersionRecord, message
from wardround.release import provenance, signing
from wardround.revision.git import Git

NAME = "sepsis"
START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
ANSWER = "0123456789abcdef01234567" + "00000001"
CONTRACT = "sha256:" + "c" * 64
PARAMS = f"""project: {{name: {NAME}}}
data: {{source: files, path: encounters.csv, columns: {{outcome: died}}, window: {{start: '2024-01-01', end: '2025-01-01'}}}}
review: {{remote: storage}}
"""
LOCK = """schema: '2.0'
stages:
  ingest:
    cmd: wardround stage ingest
    outs:
    - {{path: data/snapshot, hash: md5, md5: {snapshot}.dir}}
    - {{path: reports/ingest.json, hash: md5, md5: {ingest}}}
  evaluate:
    cmd: wardround stage evaluate
    outs:
    - {{path: reports/metrics.json, hash: md5, md5: {metrics}}}
"""


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def git(top: Path, *words: str, at: dt.datetime = START) -> str:
    date = at.isoformat()
    env = {
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date,
        "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@hospital.example", "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@hospital.example",
    }  # fmt: skip
    done = subprocess.run(
        ["git", *words], cwd=top, env={**os.environ, **env}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@dataclass
class Clinic:
    """``place`` holds the project, the storage and the log."""

    place: Path

    @property
    def top(self) -> Path:
        return self.place / "project"

    @property
    def log(self) -> Path:
        return self.place / "log"

    def ground(self) -> Ground:
        return Ground(Project(self.top))

    def copy(self, to: Path) -> Clinic:
        shutil.copytree(self.place, to)
        return Clinic(to)

    def whole(self) -> Clinic:
        self.begin()
        for number, (version, snapshot) in enumerate((("v1.0.0", b"old data"), ("v1.1.0", b"new data"))):
            day = START + dt.timedelta(days=10 * number)
            self.release(version, snapshot, day)
            self.promote(version, number + 1, day + dt.timedelta(hours=2))
        self.answer(ANSWER, "v1.1.0", START + dt.timedelta(days=11))
        return self

    def begin(self) -> None:
        self.top.mkdir(parents=True)
        git(self.top, "init", "-q", "-b", "main")
        git(self.top, "config", "user.name", "Ada")
        git(self.top, "config", "user.email", "ada@hospital.example")
        self.key = signing.key_of(self.place / "key.pem", make=True)
        self.write("governance/release.pub", signing.public_pem(self.key))
        self.write("params.yaml", PARAMS.encode())
        self.write("dvc.yaml", b"stages: {}\n")
        self.write(".gitignore", b"/.dvc/cache\n")
        self.write(".dvc/config", b"[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../../storage\n")

    def write(self, path: str, content: bytes) -> None:
        (self.top / path).parent.mkdir(parents=True, exist_ok=True)
        (self.top / path).write_bytes(content)

    def cache(self, content: bytes) -> str:
        name = md5(content)
        self.write(f".dvc/cache/files/md5/{name[:2]}/{name[2:]}", content)
        return name

    def keep(self, file: str, content: bytes) -> str:
        digest = sha256_bytes(content)
        place = self.place / "storage" / "releases" / NAME / "objects" / digest[7:] / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return digest

    def release(self, version: str, snapshot: bytes, at: dt.datetime) -> None:
        ingest = canonical_json({"kind": "ingest", "source": "files", "snapshot": sha256_bytes(snapshot)})
        metrics = canonical_json({"kind": "metrics", "version": version})
        lock = LOCK.format(snapshot=md5(snapshot), ingest=self.cache(ingest), metrics=self.cache(metrics))
        self.write("dvc.lock", lock.encode())
        git(self.top, "add", "-A")
        git(self.top, "commit", "-qm", "Merge pull request #7 from ada/better", at=at)
        commit = git(self.top, "rev-parse", "HEAD")
        decision = canonical_json({
            "verdict": "pass", "outcome": "non-inferior", "head_commit": commit, "judged_by": commit,
            "subject_digest": self.ground().subject(commit),
            "evidence": [{"name": "metrics", "digest": sha256_bytes(metrics)}],
        })  # fmt: skip
        digests = {
            name: sha256_bytes(f"{name} {version}".encode())
            for name in ("model", "service", "environment", "bento", "sbom", "smoke")
        }
        subjects = {name: digests[name] for name in ("bento", "sbom", "smoke")} | {
            "decision": self.keep("decision.json", decision)
        }
        materials = {name: digests[name] for name in ("model", "service", "environment")} | {
            "contract": CONTRACT,
            "data/snapshot": f"md5:{md5(snapshot)}.dir",
        }
        said = provenance.statement(
            provenance.Made(NAME, version, commit, "repository", "builder", subjects, materials)
        )
        record = VersionRecord(
            commit=commit, contract=CONTRACT, image=None, decision=subjects["decision"], smoke_network="none", previous=None,
            provenance=self.keep("provenance.json", signing.sign(said, self.key)), reason="the model", **digests,
        )  # fmt: skip
        book = desk(Git(self.top), None, lambda: at)
        registering.decided(book, NAME, record, lambda _: decision)
        review = Review(int(at.timestamp()), "alan", "APPROVED", "a" * 40, "2026-03-01T11:00:00Z")
        registering.approved(book, NAME, 7, registering.change_of(commit), [Approval("reviewer", review)])
        self.tag(f"{NAME}@{version}", commit, message((version, *book.lines()), record), at + dt.timedelta(hours=1))
        registering.released(book, NAME, self.state().version(version))

    def promote(self, version: str, pull: int, at: dt.datetime) -> None:
        record = self.state().version(version).record
        file = StageFile(
            project=NAME, stage="prod", version=version, image=None, bento=record.bento, decision=record.decision
        )
        self.write("deploy/prod.yaml", file.text().encode())
        git(self.top, "add", "-A")
        git(self.top, "commit", "-qm", f"Promote {version} (#{pull})", at=at)
        merged = git(self.top, "rev-parse", "HEAD")
        book = desk(Git(self.top), None, lambda: at)
        review = Review(pull, "grace", "APPROVED", merged, "2026-03-01T12:00:00Z")
        registering.approved(book, NAME, pull, f"{version} into prod", [Approval("clinical", review)])
        stage = StageRecord(
            version=version,
            image=None,
            bento=record.bento,
            decision=record.decision,
            card=None,
            pull=pull,
            commit=merged,
        )
        name = f"{NAME}#prod#{pull}"
        self.tag(name, record.commit, message((version, *book.lines()), stage), at + dt.timedelta(minutes=1))
        registering.assigned(book, NAME, registering.told(self.state().assignments, name))

    def tag(self, name: str, commit: str, text: str, at: dt.datetime) -> None:
        git(self.top, "tag", "-a", "-f", name, commit, "-m", text, "--cleanup=verbatim", at=at)

    def state(self):
        return fold(tags.read(self.top), NAME)

    def answer(self, name: str, version: str, at: dt.datetime, contract: str = CONTRACT) -> None:
        rows = {
            "id": [name, "f" * 32], "answered_at": [at, at], "model_version": [version] * 2, "contract_version": [contract] * 2,
            "stage": ["prod"] * 2, "probability": [0.2, 0.7],
        }  # fmt: skip
        place = self.log / f"date={at.date().isoformat()}"
        place.mkdir(parents=True, exist_ok=True)
        parquet.write_table(pa.table(rows), place / "one.parquet")


def objects(clinic: Clinic, file: str) -> list[Path]:
    return sorted((clinic.place / "storage").rglob(file))


def evidence(clinic: Clinic, name: str) -> Path:
    """The cached file of the newest version."""
    lock = (clinic.top / "dvc.lock").read_text()
    digest = (
        next(line for line in lock.splitlines() if f"reports/{name}.json" in line).rpartition("md5: ")[2].rstrip("}")
    )
    return clinic.top / ".dvc" / "cache" / "files" / "md5" / digest[:2] / digest[2:]


def told(content: bytes) -> dict:
    return json.loads(content)
