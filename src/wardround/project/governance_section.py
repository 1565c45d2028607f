"""The section of ``params.yaml`` about who may approve what. The base's version counts, as for all that judges."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from wardround.project.sections import Section
from wardround.project.stages_section import StageName

#: As ``ml``, ``clinical``, ``privacy``.
RoleName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
#: A login at the forge.
Login = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class GovernanceSection(Section):
    """Roles, and which of them must approve before a version may come into a stage.

    An approval is a review at the forge, of the commit that was merged. Whoever opened the pull request or wrote a commit of it
    does not count, and one person counts for one role. Without ``approvals`` only the ruleset and CODEOWNERS say who must approve.
    """

    #: role -> the logins that have it, for instance ``clinical: [ada]``. ``wardround init`` writes three roles with nobody in them.
    roles: dict[RoleName, Annotated[tuple[Login, ...], BeforeValidator(_several)]] = Field(default_factory=dict)
    #: stage -> the roles that must have approved, for instance ``prod: [ml, clinical]``.
    approvals: dict[StageName, Annotated[tuple[RoleName, ...], BeforeValidator(_several)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _roles_can_be_filled(self) -> GovernanceSection:
        for stage, wanted in self.approvals.items():
            if len(set(wanted)) != len(wanted):
                msg = f"approvals.{stage} names a role twice"
                raise ValueError(msg)
            if unknown := [role for role in wanted if not self.roles.get(role)]:
                msg = f"approvals.{stage} wants {', '.join(unknown)}, and roles names nobody for it"
                raise ValueError(msg)
        return self

    def wanted(self, stage: str) -> dict[str, tuple[str, ...]]:
        """The roles that must approve for a stage, and who has them."""
        return {role: self.roles[role] for role in self.approvals.get(stage, ())}
