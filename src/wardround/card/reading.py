"""``governance/card.yaml`` from its bytes, with every mistake reported at once."""

from __future__ import annotations

import difflib
from io import StringIO

from pydantic import ValidationError

from wardround.card.schema import FILE, Card, fields
from wardround.errors import Problem, UsageError


def parse(content: bytes, where: str = FILE) -> Card:
    """The card.

    Raises :class:`UsageError` that lists every problem: not UTF-8, YAML syntax, unknown keys with the nearest known one, wrong values.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        raw = YAML(typ="safe", pure=True).load(StringIO(content.decode("utf-8")))
        return Card.model_validate({} if raw is None else _without_empty(raw))
    except UnicodeDecodeError as error:
        raise UsageError("the file is not UTF-8 text", where=f"{where}: byte {error.start}") from error
    except (YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1}" if mark else where
        found = str(getattr(error, "problem", "") or type(error).__name__)
        raise UsageError("the file is not valid YAML", where=place, found=found, next="correct the line") from error
    except ValidationError as error:
        raise UsageError(
            problems=[_problem(item["type"], item["msg"], item["loc"], where) for item in error.errors()]
        ) from error


def _without_empty(raw: object) -> object:
    """Keys that are written and left empty are as if they were not written."""
    if not isinstance(raw, dict):
        return raw
    kept = {key: _without_empty(value) for key, value in raw.items() if value is not None}
    return {key: value for key, value in kept.items() if value != {}}


def _problem(kind: str, message: str, location: tuple[int | str, ...], where: str) -> Problem:
    place = ".".join(str(part) for part in location)
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(place, fields(), n=1, cutoff=0.5)
        return Problem(
            f"unknown key {place!r}", where=where, next=f"did you mean {near[0]!r}?" if near else "remove it"
        )
    return Problem(message.removeprefix("Value error, "), where=f"{where}: {place}".removesuffix(": "))
