"""Identifiers in the names of files, and names that can be shown without repeating them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from wardround.phi.scanning import scan

if TYPE_CHECKING:
    from wardround.phi.examining import Examiner
    from wardround.phi.finding import Finding

#: Programs and pages are named for what they do; data, pictures and documents may be named for a person.
_NAMED_FOR_WORK = {
    ".py", ".md", ".yaml", ".yml", ".toml", ".html", ".css", ".js", ".svg", ".sh", ".lock", ".cfg", ".ini", ".rst", ".dvc", ".r", ".sql",
}  # fmt: skip
_APART = re.compile(r"[_.\-/]")


def path_findings(examiner: Examiner, path: str) -> Iterator[Finding]:
    """Findings in a path; their place is the path without them."""
    from dataclasses import replace

    for finding in examiner.text(path, _words(path), "the file's name", prose=False):
        yield replace(finding, place=shown(path), line=0)


def shown(path: str) -> str:
    """The path with ``[kind]`` in the place of whatever the scan finds in it."""
    text = path
    for hit in reversed(scan(_words(path))):
        text = f"{text[: hit.start]}[{hit.kind}]{text[hit.end :]}"
    return text


def _words(path: str) -> str:
    """The path as words of the same length, with capitals: ``mary_jones.csv`` names a person as *Mary Jones* does."""
    if PurePosixPath(path).suffix.lower() in _NAMED_FOR_WORK:
        return path
    words = _APART.sub(" ", path)
    titled = re.sub(r"(?<![a-zA-Z])[a-z]", lambda match: match[0].upper(), words)
    # numbers keep their separators: 943-476-5919 and 123-45-6789 are shapes
    return "".join(
        old if old in "-." and _between_digits(path, at) else new
        for at, (old, new) in enumerate(zip(path, titled, strict=True))
    )


def _between_digits(path: str, at: int) -> bool:
    return 0 < at < len(path) - 1 and path[at - 1].isdigit() and path[at + 1].isdigit()
