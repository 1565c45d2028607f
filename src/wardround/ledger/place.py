"""Where entries lie: ``governance/ledger/AB/ABCDEF….json`` below the repository's top, AB… being the hash of the file's bytes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from wardround.errors import UsageError

DIRECTORY = "governance/ledger"
#: Files beside the entries, which people may put there.
_BESIDE = ("README.md", ".gitattributes", ".gitkeep")
_NAME = re.compile(r"(?P<first>[0-9a-f]{2})/(?P<whole>[0-9a-f]{64})\.json")


def path_of(digest: str) -> str:
    """An entry's file, from the repository's top."""
    name = digest.removeprefix("sha256:")
    return f"{DIRECTORY}/{name[:2]}/{name}.json"


def digest_of(path: str) -> str | None:
    """The digest that a path below the directory names; None when no entry can have that path."""
    match = _NAME.fullmatch(path)
    if match is None or not match["whole"].startswith(match["first"]):
        return None
    return "sha256:" + match["whole"]


def is_beside(path: str) -> bool:
    """Whether a path below the directory is one of the few that are no entry, and may be there."""
    return path in _BESIDE


def read_directory(top: Path) -> Iterator[tuple[str, bytes]]:
    """Path below the directory and content, of every file in a work tree, in order; nothing where there is no ledger."""
    root = top / DIRECTORY
    if not root.is_dir():
        return
    for path in sorted(_files(str(root))):
        with open(path, "rb") as stream:  # noqa: PTH123 - 100,000 of them: no object for each
            yield path[len(str(root)) + 1 :].replace(os.sep, "/"), stream.read()


def _files(directory: str) -> Iterator[str]:
    with os.scandir(directory) as found:
        for item in found:
            if item.is_symlink():
                raise UsageError(
                    "a link stands in the ledger, and an entry is a file",
                    where=item.path,
                    next="remove it: git rm, then find out who put it there",
                )
            if item.is_dir():
                yield from _files(item.path)
            else:
                yield item.path
