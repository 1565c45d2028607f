"""The model's files against ``dvc.lock`` and its manifest: nothing that the lock does not name gets into a Bento."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from wardround.errors import GovernanceFinding, Problem
from wardround.files import sha256_file

#: All that a model's directory may hold.
FILES = ("golden.json", "manifest.json", "model.skops", "serving.onnx", "serving.tl")
#: How a pickle begins (protocols 2 to 5), and an archive that may hold one.
_PICKLE = tuple(b"\x80" + bytes([protocol]) for protocol in range(2, 6))


def check(directory: Path, locked: str) -> None:
    """Compares every file with ``locked``, the MD5 of DVC's listing in ``dvc.lock``, and with the manifest's digests.

    Raises :class:`GovernanceFinding` that lists all that is wrong. No file is loaded here.
    """
    problems = list(_problems(directory, locked))
    if problems:
        raise GovernanceFinding(problems=problems)


def listing_digest(directory: Path) -> str:
    """What DVC calls a directory with these files: the MD5 of its listing and ``.dir``."""
    names = sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())
    listed = [{"md5": _md5((directory / name).read_bytes()), "relpath": name} for name in names]
    return _md5(json.dumps(listed, sort_keys=True).encode()) + ".dir"


def _problems(directory: Path, locked: str) -> Iterator[Problem]:
    again = "fetch the model again: dvc checkout --force models/model; find out who changed it"
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        if path.is_symlink() or name not in FILES:
            yield Problem(
                "the model holds a file that no model holds",
                where=f"models/model/{name[:100]}",
                wanted=", ".join(FILES),
            )
        elif path.is_file() and path.read_bytes()[:2] in _PICKLE:
            yield Problem(
                "a file of the model is a pickle; it was not loaded", where=f"models/model/{name}", next=again
            )
    if not directory.is_dir() or listing_digest(directory) != locked:
        yield Problem(
            "the model's files are not those that dvc.lock names",
            where="models/model",
            wanted=locked or "a model in dvc.lock",
            found=listing_digest(directory) if directory.is_dir() else "no model",
            next=again,
        )
    yield from _manifest_problems(directory)


def _manifest_problems(directory: Path) -> Iterator[Problem]:
    try:
        digests = json.loads((directory / "manifest.json").read_bytes())["digests"]
        named = {str(name): str(digest) for name, digest in digests.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        yield Problem("the model has no manifest that can be read", where="models/model/manifest.json")
        return
    for name, digest in sorted(named.items()):
        path = directory / name
        if name not in FILES or not path.is_file() or sha256_file(path) != digest:
            yield Problem(
                "a file of the model is not the one that its manifest names", where=f"models/model/{name[:100]}"
            )


def _md5(content: bytes) -> str:
    """DVC names objects by MD5; their safety rests on the SHA-256 digests of the manifest and of the release."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
