"""The ledger's heads in the message of a tag: what the ledger was when the tag was made, where nobody can change it without moving the tag.

The same line for the monitor's history, whose entries are named by project, stage, day and digest.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

_WORD = "Ledger:"
_DIGEST = r"sha256:[0-9a-f]{64}"
_HISTORY = "History:"
_LOOK = r"[a-z][a-z0-9-]{0,63}/[a-z0-9][a-z0-9-]{0,62}/[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9a-f]{32}"
_LINE = re.compile(rf"^{_WORD} ({_DIGEST}(?: {_DIGEST})*)$", re.MULTILINE)

_LOOKS = re.compile(rf"^{_HISTORY} ({_LOOK}(?: {_LOOK})*)$", re.MULTILINE)


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


def looks_line(heads: Iterable[str]) -> str:
    """The line of a tag's message that names the newest looks of the history, as PROJECT/STAGE/DAY-DIGEST; empty where there are none.

    ``ValueError`` for a name that cannot be read again.
    """
    found = sorted(set(heads))
    if odd := [item for item in found if re.fullmatch(_LOOK, item) is None]:
        msg = f"{odd[0][:100]!r} cannot be a look of the history"
        raise ValueError(msg)
    return f"{_HISTORY} {' '.join(found)}" if found else ""


def looks_in(message: str) -> tuple[str, ...]:
    """The looks that a tag's message names, of its one line that does; none otherwise: older tags have no such line."""
    found = _LOOKS.findall(message)
    return tuple(found[0].split(" ")) if len(found) == 1 else ()
