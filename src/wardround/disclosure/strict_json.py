"""JSON text that somebody else wrote: its bounds are checked before anything looks at its content."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from wardround.disclosure.shapes import Malformed


@dataclass(frozen=True)
class Bounds:
    """Limits of a whole file: bytes, how deep lists and objects are nested, how many values, and characters of all texts together.

    Project choices: ten times what the reports of a project with hundreds of groups need.
    """

    size: int = 20 * 1024 * 1024
    depth: int = 24
    values: int = 500_000
    characters: int = 1_000_000


def parse(content: bytes, bounds: Bounds | None = None) -> Any:
    """The JSON value. A key that stands twice, NaN and infinities are refused, as is whatever exceeds the bounds.

    Raises:
        Malformed: and nothing else, whatever the bytes are.
    """
    bounds = bounds or Bounds()
    if len(content) > bounds.size:
        raise Malformed([f"the whole file: is larger than {bounds.size:,} bytes"])
    try:
        value = json.loads(content.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed(["the whole file: is not JSON"]) from error
    _measure(value, bounds)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Malformed(["the whole file: a key stands twice in one object"])
    return made


def _constant(_name: str) -> NoReturn:
    raise Malformed(["the whole file: holds a number that is not finite"])


def _measure(value: Any, bounds: Bounds) -> None:
    """Looks at every value once, without recursion."""
    waiting, seen, characters = [(value, 1)], 0, 0
    while waiting:
        item, depth = waiting.pop()
        seen += 1
        if depth > bounds.depth:
            raise Malformed([f"the whole file: is nested more than {bounds.depth} deep"])
        characters += len(item) if isinstance(item, str) else 0
        if characters > bounds.characters:
            raise Malformed([f"the whole file: holds more than {bounds.characters:,} characters of text"])
        if isinstance(item, dict):
            waiting += ((part, depth + 1) for part in item.values())
        elif isinstance(item, list):
            waiting += ((part, depth + 1) for part in item)
        if seen + len(waiting) > bounds.values:
            raise Malformed([f"the whole file: holds more than {bounds.values:,} values"])
