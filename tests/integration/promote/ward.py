"""The repository ``hospital/readmission`` with released versions on a sandbox: promoting, merging and completing in this process."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from image_registry import CONFIG, MANIFEST, ImageRegistry

from wardround.deploy.files import all_files
from wardround.deploy.stage_file import StageFile
from wardround.evidence.decision import Decision
from wardround.evidence.smoke import Latency, SmokeEvidence
from wardround.files import sha256_bytes, sha256_file
from wardround.flows.promote.desk import Desk
from wardround.flows.promote.glass import Broken, break_glass
from wardround.flows.promote.merged import MergedRequest, MergedResult, complete_all
from wardround.flows.promote.propose import propose
from wardround.flows.promote.request import ChangeResult
from wardround.flows.promote.tagging import place_of
from wardround.flows.release import keeping
from wardround.forge import Credentials, connect
from wardround.forge.connection import Limits
from wardround.proc import Command, Finished
from wardround.project.layout import Project
from wardround.project.params import parse
from wardround.registry.fold import State, state_of
from wardround.registry.record import VersionRecord, message
from wardround.release import content, provenance, signing
from wardround.release.bento import RELEASE, SRC
from wardround.release.digests import model_digest
from wardround.sandbox import gitread, gitwrite, operations
from wardround.sandbox.events import Actor, Move
from wardround.sandbox.merging import Merge, merge
from wardround.sandbox.model import Deployment, DeploymentStatus, Pull, Status
from wardround.sandbox.server import Sandbox
from wardround.sandbox.tokens import ACTIONS_BOT

REPO, NAME = "hospital/readmission", "readmission"
PAGE = "https://forge.example/hospital/readmission/actions/runs/9"
#: One try, so that a fault ends the run.
ONCE = Limits(attempts=1, total=20.0, timeout=10.0, wait=0.001, wait_max=0.002, pause=0.001)
GIT = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@hospital.example", "-c", "commit.gpgsign=false")
#: What the job of promote.yml is given.
COMPLETE = {"contents": "write", "deployments": "write", "pull-requests": "read", "statuses": "write"}
WHOLE = Path(__file__).resolve().parents[2] / "projects" / "whole"
OWNERS = "* @hospital/developers\n/deploy/ @hospital/clinical-owners\n"
STAGES = "stages:\n  staging: {}\n  shadow: {requires: staging}\n  prod: {requires: staging}\n"


def git(place: Path, *args: str, **env: str) -> str:
    done = subprocess.run(
        [*GIT, *args], cwd=place, check=True, capture_output=True, text=True, timeout=60, env={**_env(), **env}
    )
    return done.stdout.strip()


def _env() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def lean(command: Command) -> Finished:
    """Like ``proc.run``, for the sandbox's git alone: without a hook before the program, starting it copies nothing of this large process."""
    done = subprocess.run(
        list(command.args), cwd=command.cwd, env={**os.environ, **command.env}, input=command.stdin, capture_output=True,
        text=True, encoding="utf-8", errors="replace", timeout=command.timeout, check=False,
    )  # fmt: skip
    return Finished(done.returncode, done.stdout, done.stderr)


def lean_files(command: Command, source: Any, sink: Any) -> Finished:
    """The same for the one program that the sandbox gives files."""
    done = subprocess.run(
        list(command.args), cwd=command.cwd, env={**os.environ, **command.env}, stdin=source, stdout=sink,
        stderr=subprocess.PIPE, timeout=command.timeout, check=False,
    )  # fmt: skip
    return Finished(done.returncode, "", done.stderr.decode("utf-8", "replace"))


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def known(version: str) -> list[dict[str, Any]]:
    """Encounters whose probabilities a release of that version knows."""
    chance = random.Random(version)  # numbers, no secret
    return [{"encounter": {"age": n}, "history": [], "probability": chance.random()} for n in range(45)]


@dataclass
class Ward:
    """The running sandbox and a clone of the repository in it. ``key`` signs provenance, and the repository trusts it."""

    sandbox: Sandbox
    place: Path
    clone: Path
    key: signing.Key
    registry: ImageRegistry
    tokens: dict[str, str] = field(default_factory=dict)
    limits: Any = ONCE

    @property
    def store(self):
        return self.sandbox.store

    def bare(self):
        return self.sandbox.repositories.open(REPO)

    @property
    def project(self) -> Project:
        return Project(self.clone)

    def main(self) -> str:
        tip = self.bare().branch("main")
        assert tip is not None
        return tip

    def commit(self, files: dict[str, str | bytes | None], words: str = "A change", parent: str = "") -> str:
        """A commit on the forge's main, as a merge of other work brings it; with ``parent``, on that one, and no branch moves."""
        bare, onto_main = self.bare(), not parent
        parent = parent or self.main()
        entries = [
            (
                "100644",
                bare.write_blob(text if isinstance(text, bytes) else text.encode()) if text is not None else "",
                name,
            )
            for name, text in files.items()
        ]
        tree = bare.write_tree(entries, parent)
        head = bare.commit(parent)
        made = bare.write_commit(tree, (parent,), words, head.author, head.committer)
        if onto_main:
            bare.set("refs/heads/main", made)
        return made

    def release(self, version: str, **how: Any) -> VersionRecord:
        """A version of a new commit: its files in the storage, and then its tag on the forge."""
        commit = how.pop("commit", None) or self.commit(
            {"dvc.lock": f"# the model of {version}\n"}, f"Retrain for {version}"
        )
        return self.tagged(version, self.record(version, commit, **how))

    def record(self, version: str, commit: str, **changed: Any) -> VersionRecord:
        """What a release of that commit says, with its files in the storage and its image in the registry."""
        verdict, key, platform = (
            changed.pop(name, value)
            for name, value in (("verdict", "pass"), ("key", self.key), ("platform", "linux/amd64"))
        )
        made = self.place / "made" / version
        shutil.rmtree(made, ignore_errors=True)
        (made / "bento" / SRC / "models" / "model").mkdir(parents=True)
        (made / "bento" / SRC / "models" / "model" / "model.skops").write_text(f"the model of {version}")
        (made / "bento" / SRC / "models" / "model" / "manifest.json").write_text(f"the manifest of {version}")
        (made / "bento" / SRC / "models" / "model" / "golden.json").write_text(
            json.dumps({"encounters": known(version)})
        )
        model = model_digest(made / "bento" / SRC / "models" / "model")
        told = {"project": NAME, "version": version, "commit": commit, "model": model}
        (made / "bento" / SRC / RELEASE).write_text(json.dumps(told))
        content.pack(made / "bento", made / "bento.tar")
        bento = content.digest(made / "bento")
        image = f"{self.registry.name}@{self.registry.push(version, platform)}"
        if changed.pop("bare", False):
            image = self._archive(made, version, bento)
        if changed.pop("no_image", False):
            image = None
        (made / "sbom.json").write_text("{}")
        decision = Decision(
            project=NAME, verdict=verdict, outcome="non-inferior", subject_digest=digest("subject"), head_commit=commit,
            base_commit=commit, judged_by=commit, findings=(),
        )  # fmt: skip
        smoke = SmokeEvidence(
            project=NAME, version=version, commit=commit, bento=bento, image=image, engine="none", network="none", user=1034,
            read_only=True, ready_seconds=1.0, encounters=25, difference=0.0, limit=1e-9, broken=(),
            latency=Latency(requests=1, p50=1.0, p95=1.0, most=1.0), stopped_seconds=0.1,
        )  # fmt: skip
        subjects = {
            "bento": bento,
            "sbom": sha256_file(made / "sbom.json"),
            "smoke": smoke.write(made / "smoke.json"),
            "decision": decision.write(made / "decision.json"),
        }
        signed = {**subjects, **({"image": image.rpartition("@")[2]} if image else {})}
        said = provenance.statement(
            provenance.Made(NAME, version, commit, "git+local", "local", signed, {"model": model})
        )
        (made / "provenance.json").write_bytes(signing.sign(said, key))
        given = {
            "commit": commit, "model": model, "service": digest("service"), "contract": digest("contract"),
            "environment": digest("environment"), "image": image, "provenance": sha256_file(made / "provenance.json"),
            "smoke_network": "none", "previous": None, "reason": "a refit", **subjects,
        }  # fmt: skip
        record = VersionRecord(**given)
        at = keeping.store(self.clone, "storage", NAME)
        keeping.keep(at, {path.name: path for path in made.iterdir() if path.is_file()}, record)
        keeping.heal(at, version, record)
        return record.model_copy(update=changed)

    def _archive(self, made: Path, version: str, bento: str) -> str:
        """An image that lies in the storage alone, as an OCI archive; the registry has a copy, as somebody made it."""
        config = {
            "os": "linux",
            "architecture": "amd64",
            "rootfs": {"diff_ids": []},
            "config": {"Labels": {"wardround.bento": bento, "version": version}},
        }
        digest_of = self.registry.put
        content_of = self.registry.objects
        config_digest = digest_of(config)
        manifest = digest_of({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": {"mediaType": CONFIG, "digest": config_digest, "size": len(content_of[config_digest])}, "layers": [],
        })  # fmt: skip
        index = {
            "schemaVersion": 2,
            "manifests": [{"mediaType": MANIFEST, "digest": manifest, "size": len(content_of[manifest])}],
        }
        with tarfile.open(made / "image.tar", "w") as tar:
            for name, data in {
                "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
                "index.json": json.dumps(index).encode(),
                **{f"blobs/sha256/{one.removeprefix('sha256:')}": content_of[one] for one in (config_digest, manifest)},
            }.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
        return manifest

    def files(self, number: int) -> tuple[str, ...]:
        """What a pull request changes, as its page shows it."""
        with self.desk() as found:
            assert found.forge is not None
            return tuple(file.path for file in found.forge.files_of_pull(number))

    def objects(self, file: str) -> list[Path]:
        """The files of that name in the storage."""
        return sorted((self.place / "storage" / "releases" / NAME).rglob(file))

    def tagged(self, version: str, record: VersionRecord, by: str = ACTIONS_BOT) -> VersionRecord:
        """The version's annotated tag on the forge."""
        self.tag(f"{NAME}@{version}", record.commit, message([f"{NAME} {version}"], record), by)
        return record

    def tag(self, name: str, target: str, text: str, by: str = ACTIONS_BOT, at: int | None = None) -> None:
        """A tag on the forge, made by anybody in any second."""
        from wardround.sandbox.operations import identity

        bare, world = self.bare(), self.sandbox.world
        who = identity(world, by)
        if at is not None:
            who = replace(who, date=dt.datetime.fromtimestamp(at, dt.UTC).isoformat().replace("+00:00", "Z"))
        sha = bare.write_tag(name, target, text, who)
        assert sha is not None
        bare.set(f"refs/tags/{name}", sha)

    @contextlib.contextmanager
    def desk(self, who: str = "ada", **how: Any) -> Iterator[Desk]:
        forge = connect(
            Credentials(REPO, self.tokens[who], self.sandbox.api_url, limits=how.pop("limits", self.limits))
        )
        try:
            yield Desk(self.project, forge, **how)
        finally:
            forge.close()

    def promote(self, version: str, stage: str, who: str = "ada", kind: Any = "promote", **how: Any) -> ChangeResult:
        """What `wardround promote VERSION --stage STAGE` does, as a person."""
        with self.desk(who) as found:
            request = found.request(kind, NAME, stage, how.pop("now", dt.datetime.now(dt.UTC)))
            return propose(replace(request, version=version, **how))

    def rollback(self, stage: str, version: str = "", **how: Any) -> ChangeResult:
        return self.promote(version, stage, kind="rollback", **how)

    def break_glass(self, stage: str, version: str = "", who: str = "ada", **how: Any) -> Broken:
        """What `wardround rollback --break-glass` does, as a person."""
        with self.desk(who) as found:
            request = found.request("rollback", NAME, stage, dt.datetime.now(dt.UTC))
            place = place_of(found.forge, found.git.root, NAME)
            return break_glass(replace(request, version=version, **how), place, found.forge, PAGE)

    def amend(self, number: int, files: dict[str, str | None]) -> str:
        """Another commit on the branch of a pull request."""
        pull, bare = self.pull(number), self.bare()
        made = self.commit(files, "An edit", parent=pull.head_sha)
        world = self.sandbox.world
        bare.set(f"refs/heads/{pull.head_branch}", made)
        move = Move(f"refs/heads/{pull.head_branch}", pull.head_sha, made)
        operations.moved(world, world.repository(REPO), Actor("ada"), move)
        return made

    def by_hand(self, version: str, stage: str, files: dict[str, str] | None = None) -> int:
        """A pull request with what the command would write, made without asking it."""
        project = parse((self.read("params.yaml") or b"").decode())
        section = project.stages.of(stage)
        record = self.state().version(version).record
        card = self.read("governance/card.yaml")
        file = StageFile(
            project=NAME, stage=stage, version=version, image=record.image, bento=record.bento, decision=record.decision,
            card=sha256_bytes(card) if card else None,
        )  # fmt: skip
        made = self.commit({**all_files(file, section), **(files or {})}, "By hand", parent=self.main())
        branch = f"by-hand-{made[:8]}"
        self.bare().set(f"refs/heads/{branch}", made)
        new = operations.NewPull(REPO, "By hand", REPO, branch, "main")
        return operations.open_pull(self.sandbox.world, new, Actor("ada")).number

    def fresh_clone(self) -> None:
        """A clone that never saw what tags said before."""
        shutil.rmtree(self.clone)
        git(self.place, "clone", "-q", str(self.bare().path), str(self.clone))

    def merge(self, number: int, method: str = "merge") -> str:
        """The clinical owner merges; main's new tip."""
        pull = self.pull(number)
        merge(self.sandbox.world, pull, Actor("hospital"), Merge(method=method))
        return self.main()

    def complete(self, **how: Any) -> MergedResult:
        """The job of promote.yml, in a checkout of its own."""
        tree = how.pop("tree", None) or self.checkout()
        token = self.sandbox.world.tokens.run(REPO, how.pop("permissions", COMPLETE))
        given = Credentials(
            REPO, token, self.sandbox.api_url, author=ACTIONS_BOT, limits=how.pop("limits", self.limits)
        )
        forge = connect(given)
        try:
            return complete_all(MergedRequest(tree, forge, how.pop("now", dt.datetime.now(dt.UTC)), page=PAGE, **how))
        finally:
            forge.close()

    def checkout(self) -> Path:
        """Main as a job of promote.yml checks it out: all history, all tags."""
        tree = self.place / "checkout"
        shutil.rmtree(tree, ignore_errors=True)
        git(self.place, "clone", "-q", str(self.bare().path), str(tree))
        return tree

    def goes_live(self, version: str, stage: str) -> str:
        """Promoted, merged, completed; the tag's name."""
        proposed = self.promote(version, stage).proposed
        assert proposed is not None
        assert proposed.pull is not None
        self.merge(proposed.pull)
        (change,) = [one for _, one in self.complete().changes if one.stage == stage]
        return change.tag

    def state(self) -> State:
        return state_of(self.bare().path, NAME)

    def tags(self) -> list[str]:
        return sorted(name.removeprefix("refs/tags/") for name in self.bare().refs() if name.startswith("refs/tags/"))

    def stage_tags(self) -> list[str]:
        return [name for name in self.tags() if "#" in name]

    def pull(self, number: int) -> Pull:
        found = self.store.get(Pull, REPO, number)
        assert found is not None
        return found

    def pulls(self, state: str = "open") -> list[Pull]:
        return [one for one in self.store.find(Pull, REPO) if one.state == state]

    def deployments(self) -> list[tuple[str, str, str]]:
        """Environment, reference and latest state of each deployment."""
        return [(one.environment, one.ref, self._latest(one)) for one in self.store.find(Deployment, REPO)]

    def _latest(self, deployment: Deployment) -> str:
        states = self.store.find(DeploymentStatus, REPO, deployment_id=deployment.id)
        return states[-1].state if states else ""

    def statuses(self, sha: str) -> dict[str, tuple[str, str]]:
        return {one.context: (one.state, one.description) for one in self.store.find(Status, REPO, sha=sha)}

    def read(self, path: str, commit: str = "") -> bytes | None:
        done = subprocess.run(
            ["git", "show", f"{commit or self.main()}:{path}"], cwd=self.bare().path, capture_output=True, check=False
        )
        return done.stdout if done.returncode == 0 else None


def _tree(place: Path, key: signing.Key, stages: str) -> Path:
    place.mkdir()
    git(place, "init", "-qb", "main")
    shutil.copytree(WHOLE / "pipelines", place / "pipelines")
    text = (WHOLE / "params.yaml").read_text(encoding="utf-8").replace("name: tiny", f"name: {NAME}")
    (place / "params.yaml").write_text(text + stages, encoding="utf-8")
    (place / "dvc.yaml").write_text("stages: {}\n")
    (place / ".github").mkdir()
    (place / ".github" / "CODEOWNERS").write_text(OWNERS)
    (place / "governance").mkdir()
    (place / "governance" / "release.pub").write_bytes(signing.public_pem(key))
    (place / "governance" / "card.yaml").write_text("name: readmission\n")
    (place / ".dvc").mkdir()
    (place / ".dvc" / ".gitignore").write_text("/config.local\n/tmp\n/cache\n")  # what `dvc init` writes
    (place / ".dvc" / "config").write_text(
        f"[core]\n    remote = storage\n    no_scm = true\n['remote \"storage\"']\n    url = {place.parent / 'storage'}\n"
    )
    git(place, "add", "-A")
    git(place, "commit", "-qm", "The hospital's model")
    return place


@contextlib.contextmanager
def opened(place: Path, stages: str = STAGES) -> Iterator[Ward]:
    key = signing.key_of(place / "release.key", make=True)
    source = _tree(place / "source", key, stages)
    with pytest.MonkeyPatch.context() as patch, ImageRegistry() as registry, Sandbox(place / "sandbox") as sandbox:
        patch.setattr(gitread, "run", lean)
        patch.setattr(gitwrite, "run_files", lean_files)
        sandbox.store._connection.execute("PRAGMA synchronous = OFF")
        sandbox.create_repository("hospital", "readmission", from_path=source)
        made = Ward(sandbox, place, place / "clone", key, registry)
        made.tokens = {login: sandbox.create_user(login) for login in ("hospital", "ada", "eve")}
        repository = sandbox.world.repository(REPO)
        sandbox.store.put(replace(repository, writers=("ada",)))
        git(place, "clone", "-q", str(made.bare().path), str(made.clone))
        git(made.clone, "config", "user.name", "Ada")
        git(made.clone, "config", "user.email", "ada@hospital.example")
        yield made
