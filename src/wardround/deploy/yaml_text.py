"""YAML that is the same bytes for the same content, whichever library reads it: plain blocks, one way to quote."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

#: Text that no reader of YAML 1.1 or 1.2 takes for anything else, if it is not one of the words below.
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9._/@-]*")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def text(value: Any, comment: str = "") -> str:
    """``value`` (mappings, lists, text, numbers, true and false, None) as a YAML document, after the lines of ``comment``."""
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    lines = _lines(value) if value else [_scalar(value)]
    return head + "".join(f"{line}\n" for line in lines)


def is_plain(text: str) -> bool:
    """Whether text stands without quotes."""
    return _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _entry(f"{_scalar(key)}:", item, "  ")
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list) and item:
                first, *rest = _lines(item)
                yield f"- {first}"
                yield from (f"  {line}" for line in rest)
            else:
                yield f"- {_scalar(item)}"
    else:
        yield _scalar(value)


def _entry(head: str, item: Any, indent: str) -> Iterator[str]:
    if isinstance(item, dict | list) and item:
        yield head
        yield from (f"{indent}{line}" for line in _lines(item))
    else:
        yield f"{head} {_scalar(item)}"


def _scalar(value: Any) -> str:
    """One line. What JSON writes is YAML too, but for the two line ends that YAML 1.1 counts as such."""
    if isinstance(value, str) and is_plain(value):
        return value
    if value is None or isinstance(value, str | bool | int | float) or value in ({}, []):
        written = json.dumps(value, ensure_ascii=False)
        if written.isascii() and "\x7f" not in written:
            return written
        return re.sub(r"[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", written)
    msg = f"{type(value).__name__} has no place in a file of deploy/"
    raise TypeError(msg)
