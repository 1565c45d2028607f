"""The section of ``params.yaml`` about stages: what each demands of a version, and how the service runs there."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from wardround.project.sections import Section

#: As GTO and a file's name allow it: ``deploy/STAGE.yaml``, ``NAME#STAGE#N``.
_STAGE = r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"
StageName = Annotated[str, Field(pattern=_STAGE)]
#: As Kubernetes writes them: ``2`` or ``500m`` processors, ``512Mi`` or ``1Gi`` of room.
Processors = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4}m?$")]
Room = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,5}(?:Mi|Gi|Ti)$")]
_NAME = r"^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$"
#: The name of an image without tag and digest: a registry and a path in it.
_IMAGE = r"^$|^[a-z0-9][a-z0-9.-]*(?::[0-9]{1,5})?(?:/[a-z0-9][a-z0-9._-]*)+$"
_ADDRESS = r"^[^\s\"'\\$%]*$"


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class RunSection(Section):
    """How the service runs in a stage: what the manifests, the compose file and the systemd unit say."""

    replicas: int = Field(default=2, ge=1, le=100)
    #: The cluster's version, whose schemas the manifests must satisfy.
    kubernetes: Annotated[str, Field(pattern=r"^1\.[0-9]{1,3}$")] = "1.34"
    cpu: Processors = "500m"
    memory: Room = "1Gi"
    #: Room for the prediction log: its segments on the way to ``predictions``, or all of it where that is empty.
    log_space: Room = "2Gi"
    #: Where the prediction log is kept, an fsspec URL. Empty: on a volume that outlives the service (Kubernetes: a claim).
    predictions: Annotated[str, Field(pattern=_ADDRESS, max_length=300)] = ""
    #: The address of the candidate's service that is asked the same in silence (stage ``shadow``), as http://HOST:PORT. Empty: none.
    shadow: Annotated[str, Field(pattern=_ADDRESS, max_length=300)] = ""
    #: The port of the machine that compose and systemd bind, on loopback: a proxy with TLS stands before it.
    port: int = Field(default=3000, ge=1, le=65535)
    #: The secret (or, with podman, the file of that name) that holds the key of the subjects' hash.
    key_secret: Annotated[str, Field(pattern=_NAME)] = "wardround-log-key"  # noqa: S105 - the secret's name
    #: Namespaces, by the label ``kubernetes.io/metadata.name``, whose pods may ask; empty: those of the service's own namespace.
    callers: tuple[Annotated[str, Field(pattern=_NAME)], ...] = ()
    #: Addresses, in CIDR notation, that the service may reach (the prediction log's storage); empty: none but DNS.
    reaches: tuple[Annotated[str, Field(pattern=r"^[0-9a-fA-F.:]{2,39}/[0-9]{1,3}$")], ...] = ()
    namespace: Annotated[str, Field(pattern=rf"^$|{_NAME}")] = ""


class StageSection(Section):
    """What a version must have before it may come into this stage, and how it runs there."""

    #: Stages in which the version must be now, or have been before.
    requires: Annotated[tuple[StageName, ...], BeforeValidator(_several)] = ()
    #: Days that the version must have answered in silence, in the stage that ``silent_in`` names.
    silent_days: int = Field(default=0, ge=0, le=3650)
    silent_in: StageName = "shadow"
    #: Outcomes of those silent answers that must be known (matured).
    matured_outcomes: int = Field(default=0, ge=0)
    #: The processor that the image must be built for, as OCI writes it.
    platform: Annotated[str, Field(pattern=r"^[a-z0-9]+/[a-z0-9]+(?:/[a-z0-9]+)?$")] = "linux/amd64"
    #: The image's name where this stage takes it from another registry than the release's; the digest stays the same.
    image: Annotated[str, Field(pattern=_IMAGE, max_length=200)] = ""
    run: RunSection = RunSection()

    @property
    def silent(self) -> bool:
        """Whether a silent trial is demanded."""
        return self.silent_days > 0 or self.matured_outcomes > 0


def _default() -> dict[str, dict[str, Any]]:
    return {"staging": {}, "prod": {"requires": "staging"}}


class StagesSection(Section):
    """The stages of a project, by name, and who may have made the tags.

    Without the section: ``staging``, and ``prod``, which demands ``staging``.
    """

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)
    __pydantic_extra__: dict[str, StageSection] = Field(init=False)

    #: Logins, or names as git writes them, whose version tags count, beside the one that this job acts as. Anybody can write a
    #: name into a tag: what keeps others from making tags is the ruleset.
    taggers: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _has_stages(cls, value: Any) -> Any:
        own = {"taggers"}
        if isinstance(value, dict):
            plain = {key: {} if key not in own and item is None else item for key, item in value.items()}
            return plain if set(plain) - own else {**_default(), **plain}
        return value

    @model_validator(mode="after")
    def _stages_are_known(self) -> StagesSection:
        names = self.names
        for name in names:
            if re.fullmatch(_STAGE, name) is None:
                msg = f"{name!r} cannot be a stage: lower-case letters, digits and hyphens"
                raise ValueError(msg)
        for name in names:
            section = self.of(name)
            assert section is not None
            wanted = (*section.requires, *((section.silent_in,) if section.silent else ()))
            if unknown := [other for other in wanted if other not in names]:
                msg = f"stage {name} demands {', '.join(unknown)}, which is no stage here"
                raise ValueError(msg)
        self._no_circle()
        return self

    def _no_circle(self) -> None:
        for name in self.names:
            seen, ahead = set[str](), [name]
            while ahead:
                section = self.of(ahead.pop())
                for other in section.requires if section else ():
                    if other == name:
                        msg = f"stage {name} demands itself, by way of others or not"
                        raise ValueError(msg)
                    if other not in seen:
                        seen.add(other)
                        ahead.append(other)

    @property
    def names(self) -> tuple[str, ...]:
        """The stages, in the order of the file."""
        return tuple(self.__pydantic_extra__ or {})

    def of(self, stage: str) -> StageSection | None:
        """One stage's section; None when there is no such stage."""
        return (self.__pydantic_extra__ or {}).get(stage)
