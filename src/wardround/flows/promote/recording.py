"""The forge's record of a deployment: made once, whoever asks and however often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.forge.released import DeploymentSpec, DeploymentStatus
from wardround.registry.record import image_digest

if TYPE_CHECKING:
    from wardround.forge.protocol import Forge
    from wardround.registry.record import StageRecord


@dataclass(frozen=True)
class Deploying:
    """A stage's tag that the forge shall show as a deployment. ``environment`` is the forge's name for the stage."""

    name: str
    stage: str
    tag: str
    record: StageRecord
    environment: str
    page: str = ""


def environment_of(name: str, stage: str, prefix: str) -> str:
    """The forge's environment: the stage; of a project below ``projects/`` with its name, so that two do not end each other's."""
    return f"{name}/{stage}" if prefix else stage


def deploy(forge: Forge, about: Deploying) -> int:
    """The forge's deployment of the tag, with the state ``success``: the tag is made, and whatever follows it may act."""
    record = about.record
    payload = {
        "project": about.name,
        "version": record.version,
        "tag": about.tag,
        "bento": record.bento,
        "decision": record.decision,
        "image": image_digest(record.image) or "",
        "commit": record.commit,
        "pull": str(record.pull or ""),
    }
    made = forge.create_deployment(
        DeploymentSpec(
            ref=about.tag,
            task=f"promote:{about.name}",
            environment=about.environment,
            payload=payload,
            description=f"{about.name} {record.version}",
        )
    )
    forge.set_deployment_status(made.id, DeploymentStatus("success", f"{about.tag} is made", about.page))
    return made.id
