"""All files of a stage below ``deploy/``, as one set: what a promotion writes, and what a merge is held to."""

from __future__ import annotations

from wardround.deploy.compose import compose
from wardround.deploy.kubernetes import manifests
from wardround.deploy.runtime import Runtime, label, runnable
from wardround.deploy.stage_file import DIRECTORY, StageFile, path_of
from wardround.deploy.systemd import unit
from wardround.project.stages_section import StageSection


def directory_of(stage: str) -> str:
    """Where the generated files of a stage lie, below the project."""
    return f"{DIRECTORY}/{stage}"


def generated(file: StageFile, section: StageSection) -> dict[str, str]:
    """What runs the stage: path below the project -> text. Nothing where there is no image that can be fetched."""
    if not runnable(file):
        return {}
    runtime = Runtime(file, section)
    made = {**manifests(runtime), **compose(runtime), **unit(runtime)}
    return {f"{directory_of(file.stage)}/{name}": text for name, text in made.items()}


def all_files(file: StageFile, section: StageSection) -> dict[str, str]:
    """The stage's own file and all that runs it: path below the project -> text."""
    return {path_of(file.stage): file.text(), **generated(file, section)}


def possible(project: str, stage: str) -> tuple[str, ...]:
    """Every path below the project that :func:`generated` may ever make for the stage; what it does not make now is left over."""
    own = (
        "kustomization",
        "deployment",
        "service",
        "networkpolicy",
        "poddisruptionbudget",
        "serviceaccount",
        "claim",
        "compose",
    )
    names = (*(f"{name}.yaml" for name in own), f"{label(f'{project}-{stage}')}.service")
    return tuple(f"{directory_of(stage)}/{name}" for name in names)


def is_manifest(path: str) -> bool:
    """Whether a file of ``deploy/STAGE/`` is Kubernetes'."""
    name = path.rpartition("/")[2]
    return name.endswith(".yaml") and name != "compose.yaml"
