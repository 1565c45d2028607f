"""GitHub's filter patterns for branches, tags and paths (`on.push.branches` and the like).

``*`` is anything but a slash, ``**`` anything, ``?`` and ``+`` repeat the character before them, ``[]`` is a set, ``!``
at the start takes back what an earlier pattern let in. The last pattern that matches decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    out, at = "", 0
    while at < len(pattern):
        char = pattern[at]
        if pattern.startswith("**/", at):
            out, at = out + "(?:.*/)?", at + 3
        elif pattern.startswith("**", at):
            out, at = out + ".*", at + 2
        elif char == "*":
            out, at = out + "[^/]*", at + 1
        elif char in "?+":
            out, at = out + char, at + 1
        elif char == "[" and "]" in pattern[at:]:
            end = pattern.index("]", at)
            inside = pattern[at + 1 : end].replace("\\", "\\\\").replace("^", "\\^")
            out, at = f"{out}[{inside}]", end + 1
        elif char == "\\" and at + 1 < len(pattern):
            out, at = out + re.escape(pattern[at + 1]), at + 2
        else:
            out, at = out + re.escape(char), at + 1
    return re.compile(out)


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether ``name`` is let in by ``patterns``, read in order."""
    let_in = False
    for pattern in patterns:
        if pattern.startswith("!"):
            let_in = let_in and _compiled(pattern[1:]).fullmatch(name) is None
        else:
            let_in = let_in or _compiled(pattern).fullmatch(name) is not None
    return let_in


def any_left(names: Iterable[str], ignored: Iterable[str]) -> bool:
    """Whether some of ``names`` is not covered by ``ignored`` (`paths-ignore`)."""
    patterns = tuple(ignored)
    return any(not matches(name, patterns) for name in names)
