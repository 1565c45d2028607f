"""The part of GitHub's OpenAPI description that the sandbox speaks, and the check of request bodies against it.

``github-subset.json`` is cut out of the npm package ``@octokit/openapi`` by ``cut.py``; its licence is ``LICENSE.octokit``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

SUBSET = Path(__file__).with_name("github-subset.json")
_BASE = "urn:github"


@cache
def description() -> Mapping[str, Any]:
    """The description, read once."""
    found: Mapping[str, Any] = json.loads(SUBSET.read_text(encoding="utf-8"))
    return found


def pointer(*parts: str) -> str:
    """A JSON pointer into the description."""
    return "#/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in parts)


@cache
def _validator(method: str, path: str) -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    operation = description()["paths"][path][method.lower()]
    if "application/json" not in operation.get("requestBody", {}).get("content", {}):
        return None
    place = pointer("paths", path, method.lower(), "requestBody", "content", "application/json", "schema")
    registry: Registry[Any] = Registry().with_resource(_BASE, DRAFT202012.create_resource(description()))
    words = {"type": _or_null("type"), "enum": _or_null("enum")}
    kind = extend(Draft202012Validator, words)  # type: ignore[no-untyped-call]  # jsonschema types it not
    return kind({"$ref": _BASE + place}, registry=registry)


def _or_null(word: str) -> Any:
    """OpenAPI 3.0 says ``nullable`` where JSON Schema adds ``null`` to the types."""
    from jsonschema import Draft202012Validator

    plain = Draft202012Validator.VALIDATORS[word]

    def check(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        if instance is None and schema.get("nullable"):
            return ()
        return plain(validator, value, instance, schema)

    return check


def body_problem(method: str, path: str, body: Any) -> str:
    """The first thing that is wrong with the body of a request, in GitHub's manner; empty when nothing is."""
    if path.endswith("/labels") and isinstance(body, list):
        body = {"labels": body}  # GitHub takes the bare list too, which the description says in prose only
    validator = _validator(method, path)
    if validator is None:
        return ""
    for error in validator.iter_errors(body):
        where = "/".join(str(part) for part in error.absolute_path)
        return f"{where}: {error.message}" if where else str(error.message)
    return ""


def wants_body(method: str, path: str) -> bool:
    """Whether the description says that this call must have a body."""
    operation = description()["paths"][path][method.lower()]
    return bool(operation.get("requestBody", {}).get("required"))
