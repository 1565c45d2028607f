"""Who must approve a change of a file, by the repository's CODEOWNERS: the last line that matches counts."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Where GitHub looks, in this order.
PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")


def owners_of(text: str, path: str) -> tuple[str, ...]:
    """The owners of a path (below the repository's top); none where no line matches, or the last one that does names nobody."""
    found: tuple[str, ...] = ()
    for pattern, owners in _lines(text):
        if _matches(pattern, path):
            found = owners
    return found


def _lines(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in text.splitlines():
        words = line.partition(" #")[0].split()
        if words and not words[0].startswith("#"):
            yield words[0], tuple(words[1:])


def _matches(pattern: str, path: str) -> bool:
    """As .gitignore has it: a slash at the beginning or in the middle binds it to the top; a directory means all below it."""
    bound = "/" in pattern.rstrip("/")
    body = pattern.strip("/")
    special = {"/**/": "/(?:.*/)?", "**/": "(?:.*/)?", "/**": "/.*", "*": "[^/]*", "?": "[^/]"}
    parts = [special.get(piece, re.escape(piece)) for piece in re.split(r"(/\*\*/|\*\*/|/\*\*|\*|\?)", body)]
    # `docs/*` means the files of docs alone, `docs/` and `docs` all below it
    below = "" if body.endswith("/*") else "(?:/.*)?"
    tail = "/.*" if pattern.endswith("/") else below
    return re.fullmatch(f"{'' if bound else '(?:.*/)?'}{''.join(parts)}{tail}", path) is not None
