"""Whether a large body has the form of a request at all, asked before it is held against the contract.

A body made of errors costs many times its size: every error of pydantic's keeps the object in which it was found. One unknown field of
4 MB made 2.5 GB and twenty seconds in which nobody else was answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import from_json

#: Bodies up to this size are small enough for whatever they are made of; a hundred encounters fit in. Project choice.
SMALL = 128 << 10

Place = tuple[str | int, ...]


def misshapen(body: bytes, columns: Mapping[str, Any]) -> Place | None:
    """The first place of a large body where an object has more fields than the contract names, or a field holds a list or an object.

    None for a small body, and for what is no JSON: whoever parses it says so at little cost.
    """
    if len(body) <= SMALL:
        return None
    try:
        found = from_json(body, cache_strings="keys")
    except ValueError:
        return None
    return next(_wrong(found, columns), None)


def _wrong(found: Any, columns: Mapping[str, Any]) -> Iterator[Place]:
    if not isinstance(found, dict):
        return
    if len(found) > 3:
        yield ()
    yield from _item((), found, columns)
    for number, item in _listed(found.get("encounters")):
        if isinstance(item, dict):
            if len(item) > 2:
                yield ("encounters", number)
            yield from _item(("encounters", number), item, columns)


def _item(place: Place, item: dict[str, Any], columns: Mapping[str, Any]) -> Iterator[Place]:
    yield from _record((*place, "encounter"), item.get("encounter"), columns)
    for number, record in _listed(item.get("history")):
        yield from _record((*place, "history", number), record, columns)


def _record(place: Place, record: Any, columns: Mapping[str, Any]) -> Iterator[Place]:
    if not isinstance(record, dict):
        return
    if len(record) > len(columns):
        yield place
    for name, value in record.items():
        if isinstance(value, list | dict):
            yield (*place, name) if name in columns else place


def _listed(found: Any) -> Iterator[tuple[int, Any]]:
    return enumerate(found if isinstance(found, list) else ())
