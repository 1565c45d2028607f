"""Looks at the sealed test block that the history records: which model was evaluated on which encounters."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, UsageError
from wardround.files import sha256_json
from wardround.revision.lock import Lock, parse

if TYPE_CHECKING:
    from wardround.revision.git import Git

SNAPSHOT, SPLIT, MODEL = "data/snapshot", "data/split.parquet", "models/model"
#: Versions of ``dvc.lock`` that are read at most (project choice: it takes a few seconds).
MOST = 5000
#: What DVC writes of the stage ``evaluate`` before its outputs, and one dependency in it. Reading a lock as YAML takes fifty
#: times as long, which a long history would feel.
_EVALUATE = re.compile(rb"^  evaluate:\n((?:    .*\n)*?)    outs:\n", re.MULTILINE)
_DEPENDENCY = re.compile(
    rb"^    - path: (\S+)\n(?:      hash: md5\n)?      md5: ([0-9a-f]{32}(?:\.dir)?)\n", re.MULTILINE
)


@dataclass(frozen=True)
class Look:
    """One model evaluated on one test block. All three are DVC's digests; the same look twice is one look."""

    snapshot: str
    split: str
    model: str

    @property
    def block(self) -> str:
        """The digest of the test block: of the split together with the snapshot that it splits."""
        return sha256_json({"snapshot": self.snapshot, "split": self.split})


def look_of(lock: Lock) -> Look | None:
    """What the stage ``evaluate`` last judged, as the lock records it; None when it has not run."""
    return _look(lock.dependencies.get("evaluate", {}))


def look_at(root: Path) -> Look | None:
    """What ``evaluate`` would judge in the work tree ``root``, from the files' own bytes; None when one is missing."""
    paths = {name: root / name for name in (SNAPSHOT, SPLIT, MODEL)}
    return _look({name: digest(path) for name, path in paths.items() if path.exists()})


def committed(git: Git, *commits: str) -> tuple[frozenset[Look], bool]:
    """Looks in all versions of the project's ``dvc.lock`` that the repository holds, and whether those are all there are.

    A shallow clone, a history whose objects cannot be read and one with more than :data:`MOST` versions are not complete.
    """
    try:
        contents = git.versions("dvc.lock", *commits, most=MOST)
    except EnvironmentFailure:  # a count must not stop a review
        return frozenset(), False
    found = frozenset(look for content in contents if (look := _read(content)) is not None)
    return found, not git.is_shallow and len(contents) < MOST


def digest(path: Path) -> str:
    """The name that DVC gives a file, or a directory (the MD5 of its listing, and ``.dir``)."""
    if not path.is_dir():
        return _md5(path)
    files = sorted((file.relative_to(path).as_posix(), file) for file in path.rglob("*") if file.is_file())
    listing = json.dumps([{"md5": _md5(file), "relpath": name} for name, file in files])
    return hashlib.md5(listing.encode(), usedforsecurity=False).hexdigest() + ".dir"


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _look(digests: Mapping[str, str]) -> Look | None:

    snapshot, split, model = (digests.get(name, "") for name in (SNAPSHOT, SPLIT, MODEL))
    return Look(snapshot, split, model) if snapshot and split and model else None


def _read(content: bytes) -> Look | None:
    """The look of one version of the lock; a version that cannot be read (a conflict was committed) records none."""
    if match := _EVALUATE.search(content):
        pairs = {path.decode("utf-8", "replace"): value.decode() for path, value in _DEPENDENCY.findall(match[1])}
        if look := _look(pairs):
            return look
    if b"evaluate" not in content:
        return None
    try:
        return look_of(parse(content))
    except UsageError:
        return None
