"""A repository with one released version in a stage: real tags, a real storage, a Bento's content without BentoML's build."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import service_sample
import yaml

from wardround.deploy.stage_file import StageFile
from wardround.files import sha256_file
from wardround.registry.record import StageRecord, VersionRecord, message
from wardround.release import content
from wardround.release.bento import RELEASE, SRC
from wardround.release.digests import model_digest

ENV = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": text for who in ("AUTHOR", "COMMITTER") for what, text in (("NAME", "Ann"), ("EMAIL", "ann@example.org"))},
}  # fmt: skip
NAME = "small"


def git(root: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=root, env=ENV, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(root: Path, words: str) -> str:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", words)
    return git(root, "rev-parse", "HEAD")


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def make(root: Path) -> Path:
    """The project, with v1.0.0 released and in the stage ``prod``."""
    project = service_sample.make(root, params={"review": {"base": "main"}})
    (root / ".gitignore").write_text("/data/\n/models/\n/reports/\n/.wardround/\n__pycache__/\n")
    git(root, "init", "--quiet", "--initial-branch=main")
    (root / ".dvc").mkdir()
    (root / ".dvc" / "config").write_text(
        "[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../../storage\n"
    )
    record = released(root, project, "v1.0.0", commit(root, "Start"))
    goes_live(root, "v1.0.0", record, 1)
    return root


def released(root: Path, project, version: str, at: str) -> VersionRecord:
    """The version's Bento in the storage and its tag."""
    made = root.parent / "bento"
    shutil.rmtree(made, ignore_errors=True)
    source = made / SRC
    shutil.copytree(root / "pipelines", source / "pipelines", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(project.layout.model, source / "models" / "model")
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copyfile(root / name, source / name)
    model = model_digest(source / "models" / "model")
    told = {"project": NAME, "version": version, "commit": at, "model": model, "contract": digest("contract")}
    (source / RELEASE).write_text(json.dumps(told))
    bento = content.digest(made)
    target = root.parent / "storage" / "releases" / NAME / "objects" / bento.removeprefix("sha256:") / "bento.tar"
    target.parent.mkdir(parents=True)
    content.pack(made, target)
    plain = {
        name: digest(name) for name in ("service", "contract", "environment", "decision", "sbom", "provenance", "smoke")
    }
    record = VersionRecord(
        commit=at, model=model, bento=bento, image=None, smoke_network="none", previous=None, reason="a refit", **plain
    )
    git(root, "tag", "--annotate", f"{NAME}@{version}", at, "--message", message(["A version."], record))
    return record


def goes_live(root: Path, version: str, record: VersionRecord, number: int) -> None:
    """A merged change of ``deploy/prod.yaml`` and the stage's tag."""
    file = StageFile(
        project=NAME, stage="prod", version=version, image=None, bento=record.bento, decision=record.decision, card=None
    )
    (root / "deploy").mkdir(exist_ok=True)
    (root / "deploy" / "prod.yaml").write_text(file.text())
    merged = commit(root, f"Promote {version} (#{number})")
    stage = StageRecord(
        version=version, image=None, bento=record.bento, decision=record.decision, card=None, pull=number, commit=merged
    )
    git(
        root,
        "tag",
        "--annotate",
        f"{NAME}#prod#{number}",
        record.commit,
        "--message",
        message(["Into a stage."], stage),
    )


def copied(root: Path, place: Path) -> Path:
    """A copy with its storage."""
    shutil.copytree(root.parent, place, symlinks=True)
    return place / root.name


def changed_params(root: Path, **changes) -> None:
    path = root / "params.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **changes}))


def bento_of(root: Path) -> Path:
    """The archive of the one version in the storage."""
    (found,) = (root.parent / "storage").rglob("bento.tar")
    assert sha256_file(found)
    return found
