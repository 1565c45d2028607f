"""Makes ``github-subset.json`` again: ``python -m wardround.sandbox.openapi.cut api.github.com.json``.

The file given is ``generated/api.github.com.json`` of the npm package ``@octokit/openapi``. Kept are the paths that the
sandbox serves with everything they refer to; left out are examples and prose that nothing checks.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wardround.files import write_bytes
from wardround.sandbox.api.permissions import OUTSIDE, SIGNED, TABLE
from wardround.sandbox.openapi import SUBSET

#: Keys of the description that say nothing about what is valid.
_PROSE = {"description", "summary", "example", "examples", "x-github", "externalDocs", "tags", "x-multi-segment"}


def cut(whole: dict[str, Any], calls: set[tuple[str, str]]) -> dict[str, Any]:
    """The part of the description that speaks of ``calls`` (method, path), with the closure of its references."""
    paths: dict[str, Any] = {}
    for method, path in sorted(calls, key=lambda item: (item[1], item[0])):
        operation = dict(whole["paths"][path][method.lower()])
        operation.pop("callbacks", None)
        paths.setdefault(path, {})[method.lower()] = _bare(operation)
    components: dict[str, dict[str, Any]] = {}
    waiting = list(references(paths))
    while waiting:
        kind, name = waiting.pop()
        if name not in components.setdefault(kind, {}):
            components[kind][name] = _bare(whole["components"][kind][name])
            waiting += references(components[kind][name])
    kept = {kind: dict(sorted(items.items())) for kind, items in sorted(components.items())}
    return {"openapi": whole["openapi"], "info": _bare(whole["info"]), "paths": paths, "components": kept}


def references(node: Any) -> Iterator[tuple[str, str]]:
    """Each component that ``node`` refers to: its kind and name."""
    if isinstance(node, dict):
        target = node.get("$ref")
        if isinstance(target, str):
            _, _, kind, name = target.split("/")
            yield kind, name
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def _bare(node: Any, *, names: bool = False) -> Any:
    """``node`` without prose; below ``properties`` and the like, keys are names and stay."""
    if isinstance(node, dict):
        kept = {}
        for key, value in node.items():
            if names or key not in _PROSE:
                inside = not names and key in {"properties", "schemas", "responses", "mapping", "content", "headers"}
                kept[key] = _bare(value, names=inside)
        return kept
    return [_bare(item) for item in node] if isinstance(node, list) else node


def main(arguments: list[str]) -> None:
    """Reads the file that is named and writes the subset beside this module."""
    whole = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    subset = cut(whole, {*TABLE, *OUTSIDE, *SIGNED})
    write_bytes(SUBSET, json.dumps(subset, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])
