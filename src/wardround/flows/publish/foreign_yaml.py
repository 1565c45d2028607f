"""YAML that a branch or its evidence wrote: no larger in memory than a file of its size is, and never an error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

#: Project choice: more references than params are written with; so many can make about a thousand-fold.
_REFERENCES = 20


def bounded(text: str) -> bool:
    """Whether the YAML is not much larger than its text: references to references grow without end (a "billion laughs")."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.events import AliasEvent

    try:
        return sum(isinstance(event, AliasEvent) for event in YAML(typ="safe").parse(text)) <= _REFERENCES
    except YAMLError:
        return False


def mapping(content: bytes | None) -> Mapping[str, Any]:
    """The mapping that a file holds; an empty one where it holds anything else, or is not there."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        text = (content or b"").decode()
        found = YAML(typ="safe", pure=True).load(text) if bounded(text) else None
    except (YAMLError, ValueError, RecursionError):  # a date that is none is a ValueError, as is what is not UTF-8
        return {}
    return found if isinstance(found, Mapping) else {}


def differs(values: Mapping[str, Any], key: str, recorded: Any) -> bool:
    """Whether the lock's record of a params key (dotted) is not what the file holds."""
    found: Any = values
    for part in key.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return True
        found = found[part]
    try:
        return json.dumps(found, sort_keys=True, default=str) != json.dumps(recorded, sort_keys=True, default=str)
    except TypeError:  # keys of two kinds have no order, and a lock's are text
        return True
