"""The ledger's heads in the message of a tag: what the ledger was when the tag was made, where nobody can change it without moving the tag."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

_WORD = "Ledger:"
_DIGEST = r"sha256:[0-9a-f]{64}"
_LINE = re.compile(rf"^{_WORD} ({_DIGEST}(?: {_DIGEST})*)$", re.MULTILINE)


@dataclass(frozen=True)
class Anchor:
    """A tag that names heads of the ledger. ``time`` is the tagger's."""

    tag: str
    time: dt.datetime
    heads: tuple[str, ...]


def heads_line(heads: Iterable[str]) -> str:
    """The line of a tag's message that names the heads; empty where there are none."""
    found = sorted(set(heads))
    return f"{_WORD} {' '.join(found)}" if found else ""


def heads_in(message: str) -> tuple[str, ...]:
    """The heads that a tag's message names, of its one line that does; none otherwise."""
    found = _LINE.findall(message)
    return tuple(found[0].split(" ")) if len(found) == 1 else ()
