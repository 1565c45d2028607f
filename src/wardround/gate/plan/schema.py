"""What ``governance/pccp.yaml`` may say. Closed: a misspelt key would silently permit nothing, or too much.

The blocks follow the FDA's guidance on predetermined change control plans (December 2024): description of modifications, modification
protocol, impact assessment. A plan here prepares for such an assessment; it is none.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

#: Where a project keeps its plan.
FILE = "governance/pccp.yaml"


class Part(BaseModel):
    """A closed, immutable part of the plan."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


#: A sentence that a person wrote. Short enough to stand in a report's table.
Words = Annotated[str, Field(min_length=3, max_length=600)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,19}$")]
Scalar = str | int | float | bool | dt.date | None


class PermittedParam(Part):
    """A key of ``params.yaml`` that may change, and how far.

    ``key`` is ``section.key``; a key permits everything below it. Every limit that is given must hold, for each element of a list; with ``step`` or
    ``forward`` a list keeps its length and order. ``among`` are the values that the head may have; ``range`` bounds it (both ends included); ``step`` is the largest distance from the
    base's value; ``forward`` lets a date only become later, by at most so many days.
    """

    key: Annotated[str, Field(pattern=r"^[A-Za-z_][\w-]*(\.[\w-]+)*$")]
    among: tuple[Scalar, ...] = ()
    range: tuple[float, float] | None = None
    step: float | None = Field(default=None, gt=0)
    forward: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _bounds_are_in_order(self) -> PermittedParam:
        if self.range is not None and self.range[0] > self.range[1]:
            msg = f"the range of {self.key} ends before it begins"
            raise ValueError(msg)
        return self


class Permits(Part):
    """What a modification may touch: params, files (as in CODEOWNERS), the data snapshot, the trained model."""

    params: tuple[PermittedParam, ...] = ()
    paths: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = ()
    data: bool = False
    model: bool = False


class Criterion(Part):
    """One acceptance criterion, of new subjects.

    With ``reference`` (``base`` or ``anchor``): the 95 % interval of head - reference must exclude a loss of ``margin`` in the declared ``groups``
    (``all``: everybody; ``each``: every assessed group). Without: the head's own estimate must reach ``at_least``, or lie ``between`` with an
    interval no wider than that. ``measure`` is named as in the evidence (``auroc``, ``slope``, ``oe``, ``net_benefit@0.2``).
    """

    measure: Annotated[str, Field(pattern=r"^[a-z_]+(@[0-9.e-]+)?$")]
    reference: Literal["base", "anchor"] | None = None
    margin: float | None = Field(default=None, gt=0)
    groups: Literal["all", "each"] = "all"
    at_least: float | None = None
    between: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Criterion:
        paired = (self.reference is not None, self.margin is not None)
        own = [self.at_least is not None, self.between is not None]
        if any(paired) and (not all(paired) or any(own)):
            msg = "a comparison needs reference and margin, and nothing else"
            raise ValueError(msg)
        if not any(paired) and sum(own) != 1:
            msg = "say reference and margin, or at_least, or between"
            raise ValueError(msg)
        return self

    @property
    def words(self) -> str:
        """The criterion in one phrase."""
        group = "every assessed group" if self.groups == "each" else "everybody"
        if self.reference is not None:
            return f"{self.measure} of {group}: loss against the {self.reference} below {self.margin:g}"
        if self.between is not None:
            return f"{self.measure} of {group} between {self.between[0]:g} and {self.between[1]:g}"
        return f"{self.measure} of {group} at least {self.at_least:g}"


class Protocol(Part):
    """How the modification is made and checked, in words: the four columns of the traceability table."""

    data: Words
    retraining: Words
    evaluation: Words
    update: Words


class Modification(Part):
    """One permitted modification."""

    id: Name
    title: Annotated[str, Field(min_length=3, max_length=120)]
    what: Words
    why: Words
    how: Literal["manual", "automatic"] = "manual"
    where: Literal["global", "local"] = "global"
    #: The measures that are expected to move.
    expected: Words
    within_intended_use: Literal[True] = True
    permits: Permits
    protocol: Protocol
    acceptance: Annotated[tuple[Criterion, ...], Field(min_length=1)]
    #: Benefits, risks with social harm among them, and how the protocol answers them.
    impact: Words


class ChangePlan(Part):
    """The whole plan. ``together`` lists modifications that one pull request may hold at once, because they were assessed together."""

    schema_version: Literal[1] = 1
    purpose: Words
    modifications: Annotated[tuple[Modification, ...], Field(min_length=1)]
    together: tuple[Annotated[tuple[Name, ...], Field(min_length=2)], ...] = ()
    #: The effect of all modifications one after another, against the anchor.
    cumulative: Words

    @model_validator(mode="after")
    def _names_are_known(self) -> ChangePlan:
        names = [item.id for item in self.modifications]
        if len(set(names)) != len(names):
            msg = "an id stands twice"
            raise ValueError(msg)
        unknown = sorted({name for group in self.together for name in group} - set(names))
        if unknown:
            msg = f"together names {', '.join(unknown)}, which is no modification"
            raise ValueError(msg)
        return self

    def of(self, name: str) -> Modification:
        """The modification of that id."""
        return next(item for item in self.modifications if item.id == name)
