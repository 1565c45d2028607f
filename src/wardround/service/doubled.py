"""Fields that stand twice in one object: JSON's parsers keep the last one in silence, and which was meant nobody can know."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

_SPACE = b" \t\n\r"


class _Twice(Exception):
    """``args`` has the name."""


def doubled(body: bytes, fields: int, known: Collection[str]) -> str | None:
    """The name of a field that stands twice in an object of a body that was parsed to so many ``fields``; None when none does.

    A name that is not ``known`` is the sender's own text, and is not repeated: ``a field`` stands for it.
    """
    # a name ends with a quote and a colon; inside of a text that is found too, which makes too many, never too few
    if body.count(b":") <= fields or body.translate(None, _SPACE).count(b'":') <= fields:
        return None
    try:
        json.loads(body, object_pairs_hook=_once)
    except _Twice as twice:
        (name,) = twice.args
        return str(name) if name in known else "a field"
    except (ValueError, RecursionError):
        return None
    return None


def _once(pairs: list[tuple[str, Any]]) -> None:
    met = set()
    for name, _ in pairs:
        if name in met:
            raise _Twice(name)
        met.add(name)
