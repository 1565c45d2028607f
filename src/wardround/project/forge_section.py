"""The section of ``params.yaml`` about the forge: who commits the lock, and where a pull request's review runs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from wardround.project.sections import Section

#: Runner labels and environment names stand in workflow files, so that nothing else than a plain name may be in them.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]


class ForgeSection(Section):
    """Whom a pull request's review trusts with what. The base's version counts; ``wardround upgrade`` writes it into the workflows."""

    #: ``verify``: authors commit ``dvc.lock``. ``app``: where data may not reach laptops, the App commits what the review made.
    lock: Literal["verify", "app"] = "verify"
    #: Labels of the runner that may read the data; for a project without patient data a hosted one will do.
    runner: tuple[Name, ...] = Field(default=("ubuntu-24.04",), min_length=1, max_length=8)
    #: The forge's environment whose jobs may reach the data; empty: none.
    environment: Annotated[str, Field(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,99})?$")] = ""
    #: The cloud that gives a job of ``environment`` access to the data by the forge's word on it (OpenID Connect); empty: the runner has its own.
    identity: Literal["", "aws", "azure", "gcp"] = ""
    #: The DVC remote for what pull requests make; never the main store.
    quarantine: Name = "quarantine"

    @model_validator(mode="after")
    def _identity_is_guarded(self) -> ForgeSection:
        if self.identity and not self.environment:
            msg = "identity needs environment: the cloud's policy names it, so that no other job gets the data"
            raise ValueError(msg)
        return self
