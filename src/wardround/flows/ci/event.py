"""What started the workflow, as the forge wrote it beside the run: which commit the change goes into."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardround.errors import UsageError

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Event:
    """``base`` is the commit that the change goes into; empty outside a pull request and a merge queue."""

    base: str = ""


def read_event(env: Mapping[str, str]) -> Event:
    """The event that ``GITHUB_EVENT_PATH`` names; an empty one where there is none.

    Raises :class:`UsageError` when the file cannot be read, or when it is a pull request's or merge group's and names no commit.
    """
    path = env.get("GITHUB_EVENT_PATH", "")
    if not path:
        return Event()
    try:
        found = json.loads(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(
            "the event that started this workflow cannot be read",
            where="environment variable GITHUB_EVENT_PATH",
            wanted="the JSON file that the runner writes",
            found=type(error).__name__,
            next="outside a workflow: unset GITHUB_EVENT_PATH",
        ) from error
    for name, keys in (("pull_request", ("base", "sha")), ("merge_group", ("base_sha",))):
        if isinstance(found, dict) and name in found:
            return Event(_commit(found[name], keys, name))
    return Event()


def _commit(value: Any, keys: tuple[str, ...], name: str) -> str:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, str) or not _COMMIT.fullmatch(value):
        raise UsageError(
            "the event names no commit that the change goes into",
            where=f"GITHUB_EVENT_PATH: {name}.{'.'.join(keys)}",
            wanted="a full SHA",
            next="run this in a workflow that starts on pull_request or merge_group",
        )
    return value
