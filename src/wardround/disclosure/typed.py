"""From JSON types to frozen dataclasses, and back, by the types of their fields.

A dataclass is read as an object with exactly its fields, all of them; ``X | None`` as ``X`` or null; a tuple as a list; a mapping
as an object whose keys are checked.
"""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Mapping
from typing import Any

from wardround.disclosure.shapes import (
    Flag,
    Found,
    Listed,
    Make,
    Malformed,
    Maybe,
    Named,
    Number,
    Record,
    Row,
    Shape,
    Text,
)

#: Shapes of single fields, where the type alone says too little: by the name of the class and of the field.
Exact = Mapping[tuple[str, str], Shape]


def shape_of(kind: Any, exact: Exact, make: Make) -> Shape:
    """The shape of a type. ``make`` builds the dataclasses.

    Raises:
        TypeError: for a type that JSON does not hold.
    """
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, types.UnionType} and len(parts) == 2 and type(None) in parts:
        (other,) = (part for part in parts if part is not type(None))
        return Maybe(shape_of(other, exact, make))
    if origin is tuple and parts[-1] is Ellipsis:
        return Listed(shape_of(parts[0], exact, make))
    if origin is tuple:
        return Row(tuple(shape_of(part, exact, make) for part in parts))
    if origin is Mapping:
        return Named(Text(longest=100), shape_of(parts[1], exact, make))
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _record(kind, exact, make)
    if isinstance(kind, type) and issubclass(kind, enum.StrEnum):
        return Text(among=tuple(item.value for item in kind), kind=kind)
    simple: dict[Any, Shape] = {str: Text(), int: Number(whole=True), float: Number(), bool: Flag()}
    if kind not in simple:
        msg = f"no shape is known for {kind!r}"
        raise TypeError(msg)
    return simple[kind]


def _record(kind: type, exact: Exact, make: Make) -> Record:
    hints = typing.get_type_hints(kind)
    names = [item.name for item in dataclasses.fields(kind)]
    return Record(
        kind, {name: exact.get((kind.__name__, name)) or shape_of(hints[name], exact, make) for name in names}, make
    )


def read(shape: Shape, value: Any) -> Any:
    """``value`` as what ``shape`` stands for.

    Raises:
        Malformed: with the first problems.
    """
    found = Found()
    made = shape.read(value, "", found)
    if found.problems:
        raise Malformed(found.problems)
    return made


def plain(value: Any) -> Any:
    """A dataclass as JSON types, fields in declared order: what :func:`read` reads."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, enum.StrEnum) else value
