"""The values of a ``dvc.lock`` that somebody else wrote: whether they are what DVC records and nothing else, and the file made of them anew."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TOP = {"schema", "stages"}
_STAGE = {"cmd", "deps", "params", "outs"}
_ENTRY = {"path", "hash", "md5", "size", "nfiles", "isexec"}
_MD5 = re.compile(r"[0-9a-f]{32}(\.dir)?")
#: Bytes or files: more than any storage holds.
_MOST = 10**15


def is_form(raw: Mapping[str, Any]) -> bool:
    """Whether the values are those of a lock: schema 2.0, stages with command, dependencies, params and outputs, and no other key."""
    stages = raw.get("stages")
    if set(raw) != _TOP or raw["schema"] != "2.0" or not isinstance(stages, Mapping):
        return False
    return all(isinstance(name, str) and _stage(stage) for name, stage in stages.items())


def written(raw: Mapping[str, Any]) -> bytes:
    """The file as DVC writes it: comments, anchors and line breaks of the text that the values were read from are not in it."""
    from dvc.utils.serialize import dumps_yaml

    made: str = dumps_yaml(raw)
    return made.encode()


def _stage(stage: Any) -> bool:
    if not isinstance(stage, Mapping) or not set(stage) <= _STAGE:
        return False
    params = stage.get("params", {})
    return (
        isinstance(params, Mapping)
        and all(isinstance(file, str) and _values(values) for file, values in params.items())
        and all(_entries(stage.get(name, [])) for name in ("deps", "outs"))
    )


def _values(values: Any) -> bool:
    return isinstance(values, Mapping) and all(isinstance(key, str) for key in values)


def _entries(entries: Any) -> bool:
    return isinstance(entries, list) and all(map(_entry, entries))


def _entry(entry: Any) -> bool:
    if not isinstance(entry, Mapping) or not set(entry) <= _ENTRY or not isinstance(entry.get("path"), str):
        return False
    digest = entry.get("md5", "")
    counts = [entry.get(name, 0) for name in ("size", "nfiles")]
    return (
        isinstance(digest, str)
        and (not digest or _MD5.fullmatch(digest) is not None)
        and entry.get("hash", "md5") == "md5"
        and type(entry.get("isexec", False)) is bool
        and all(type(count) is int and 0 <= count < _MOST for count in counts)
    )
