"""What a request may hold, as pydantic models that are made from the contract: names, kinds, ranges, categories, units; closed."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NaiveDatetime,
    StringConstraints,
    WithJsonSchema,
    create_model,
)

from wardround.contract import Contract, ContractColumn, Kind
from wardround.project.serve_section import ServeSection

#: Longest text of one field, in characters; project choice.
TEXT = 1000
#: Whole numbers of a snapshot have 64 bits.
_LOW, _HIGH = -(2**63), 2**63 - 1
#: The format of a moment: the contract's dates have no time zone, so RFC 3339's ``date-time`` would be wrong.
MOMENT = "local-date-time"
#: All that is read as one: of a fraction of a second, six digits count.
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt _][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?$"


class RequestBase(BaseModel):
    """Closed, and NaN and infinity are no numbers here."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, hide_input_in_errors=True, frozen=False)


def encounter_model(contract: Contract, withheld: tuple[str, ...]) -> type[RequestBase]:
    """One encounter: the contract's columns without those that say the outcome or are known only after it.

    The fields stand in the contract's order, under names of their own, so that a column may be called anything.
    """
    fields: dict[str, Any] = {}
    for place, column in enumerate(shown(contract, withheld)):
        optional = column.nullable or not column.required
        kind = _annotated(column)
        fields[f"f{place}"] = (
            (kind | None) if column.nullable else kind,
            Field(None if optional else ..., alias=column.name, title=column.name, description=described(column)),
        )
    made: type[RequestBase] = create_model("Encounter", __base__=RequestBase, __doc__="One encounter.", **fields)
    return made


def shown(contract: Contract, withheld: tuple[str, ...]) -> list[ContractColumn]:
    """The columns that a request holds, in the contract's order."""
    return [column for column in contract.columns if column.name not in withheld]


def body_model(encounter: type[RequestBase], limits: ServeSection, *, has_history: bool) -> type[RequestBase]:
    """The body: ``encounters``, or one ``encounter`` with its ``history``. Which of the two is checked after parsing.

    Of a history only the first row that does not fit is told: a short body may hold a million rows, each wrong in every column.
    """
    most = limits.max_history if has_history else 0
    kind: Any = encounter
    history: Any = (list[kind], Field(default_factory=list, max_length=most, description=_HISTORY, fail_fast=True))
    item: Any = create_model(
        "Item",
        __base__=RequestBase,
        __doc__="One encounter with the earlier encounters of the same subject.",
        encounter=(kind, ...),
        history=history,
    )
    made: type[RequestBase] = create_model(
        "Body",
        __base__=RequestBase,
        encounters=(list[item] | None, Field(None, min_length=1, max_length=limits.max_encounters)),
        encounter=(kind | None, None),
        history=history,
    )
    return made


_HISTORY = "earlier encounters of the same subject, in any order; features count only what lies before the encounter"


def _annotated(column: ContractColumn) -> Any:
    if column.kind is Kind.CATEGORY and column.categories:
        return Literal[column.categories]
    if column.kind is Kind.BOOLEAN:
        return Annotated[bool, Field(strict=True)]
    if column.kind is Kind.DATETIME:
        return _moment(column)
    if column.kind.numeric:
        return _number(column)
    return Annotated[str, StringConstraints(strict=True, max_length=TEXT)]


def _number(column: ContractColumn) -> Any:
    bounds: dict[str, Any] = {}
    low, high = (column.low, column.high) if enforced(column) else (None, None)
    if column.kind is Kind.INTEGER:
        least = _LOW if low is None else math.ceil(low) + (not column.low_closed and math.ceil(low) == low)
        most = _HIGH if high is None else math.floor(high) - (not column.high_closed and math.floor(high) == high)
        bounds = {"ge": max(least, _LOW), "le": min(most, _HIGH)}
        return Annotated[int, Field(strict=True, **bounds), BeforeValidator(_whole)]
    if low is not None:
        bounds["ge" if column.low_closed else "gt"] = float(low)
    if high is not None:
        bounds["le" if column.high_closed else "lt"] = float(high)
    return Annotated[float, Field(strict=True, allow_inf_nan=False, **bounds)]


def enforced(column: ContractColumn) -> bool:
    """Whether the column's bounds are rules: a check that only warns has no say here."""
    return not any(check.raise_warning for check in column.checks)


def _whole(value: Any) -> Any:
    """JSON knows one kind of number: 67.0 is 67."""
    return int(value) if type(value) is float and value.is_integer() else value


def _moment(column: ContractColumn) -> Any:
    low, high = (column.low, column.high) if enforced(column) else (None, None)

    def inside(value: Any) -> Any:
        if low is not None and (value < low or (value == low and not column.low_closed)):
            raise ValueError("too early")
        if high is not None and (value > high or (value == high and not column.high_closed)):
            raise ValueError("too late")
        return value

    return Annotated[
        NaiveDatetime,
        Field(strict=True),
        AfterValidator(inside),
        WithJsonSchema({"type": "string", "format": MOMENT, "pattern": _MOMENT}),
    ]


def described(column: ContractColumn) -> str:
    """The column's description, with its unit (UCUM) and from when its value is known."""
    parts = [column.description or column.name]
    if column.unit:
        parts.append(f"unit {column.unit}")
    if column.known_at != "admission":
        parts.append(f"known at {column.known_at}")
    return "; ".join(parts)


def wanted(column: ContractColumn) -> str:
    """What a value must be, in words: for refusals."""
    kind = {
        Kind.INTEGER: "a whole number",
        Kind.FLOAT: "a finite number",
        Kind.BOOLEAN: "true or false",
        Kind.CATEGORY: "one of " + ", ".join(column.categories or ()),
        Kind.TEXT: f"text of at most {TEXT} characters",
        Kind.DATETIME: "a moment as 2026-01-31T08:30:00, without a time zone",
    }[column.kind]
    text = kind + _range_words(column)
    if column.unit:
        text += f" (unit: {column.unit})"
    return text + (", or null" if column.nullable else "")


def _range_words(column: ContractColumn) -> str:
    if column.kind is Kind.CATEGORY or not enforced(column):
        return ""
    low = "" if column.low is None else f" {'from' if column.low_closed else 'above'} {_bound(column.low)}"
    high = "" if column.high is None else f" {'to' if column.high_closed else 'below'} {_bound(column.high)}"
    return low + high


def _bound(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else f"{value:g}"
