"""Files that are never half-written, and JSON that is the same bytes for the same content."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wardround.errors import EnvironmentFailure, Problem


def _plain(value: Any, path: str) -> Any:
    """JSON types only; keys become text; a NaN or infinity is refused, because JSON has none."""
    if isinstance(value, dict):
        return {str(key): _plain(item, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{path}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, float):
        if not math.isfinite(value):
            msg = f"{path or '.'} is not a finite number; say null where a number is missing"
            raise ValueError(msg)
        return value
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if hasattr(value, "item"):  # numpy scalars
        return _plain(value.item(), path)
    msg = f"{path or '.'} is of type {type(value).__name__}, which canonical JSON does not hold"
    raise TypeError(msg)


def canonical_json(value: Any) -> bytes:
    """``value`` as canonical JSON: sorted keys, UTF-8, two-space indents, shortest round-trip floats, final newline.

    Floats use Python's ``repr``, the shortest text that reads back as the same double. Raises ``ValueError`` on NaN
    and infinities, ``TypeError`` on anything JSON lacks.
    """
    return (json.dumps(_plain(value, ""), sort_keys=True, ensure_ascii=False, indent=2) + "\n").encode()


def sha256_bytes(content: bytes) -> str:
    """``sha256:`` and the hexadecimal digest of ``content``."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def sha256_json(value: Any) -> str:
    """The digest of ``value`` as canonical JSON."""
    return sha256_bytes(canonical_json(value))


def sha256_file(path: Path, *, block: int = 1 << 20) -> str:
    """The digest of a file, read block by block."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(block):
            digest.update(chunk)
    return "sha256:" + digest.hexdigest()


def sha256_tree(root: Path) -> str:
    """The digest of a directory: the names and digests of its files, in sorted order. Of a file: that file's."""
    if root.is_file():
        return sha256_file(root)
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return sha256_json([[name, sha256_file(root / name)] for name in names])


@contextlib.contextmanager
def explained_disk_errors(path: Path) -> Iterator[None]:
    """Turns the operating system's refusal to write (full disk, no permission) into an explained failure."""
    try:
        yield
    except OSError as error:
        raise EnvironmentFailure(
            problems=[
                Problem(
                    f"could not write {path.name}: {error.strerror or type(error).__name__}",
                    where=str(path),
                    next="free space or fix permissions, then run the same command again: nothing was left half-written",
                )
            ]
        ) from error


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path``; on success it takes ``path``'s place in one step, on any error it is removed.

    The content is flushed to disk before the rename, so a crash leaves the old file or the new one, never a part.
    Works for a file and for a directory that the caller creates at the given path.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        with explained_disk_errors(path):
            yield temporary
            if temporary.is_dir():
                _replace_directory(temporary, path)
            else:
                _fsync(temporary)
                temporary.replace(path)
    finally:
        _remove(temporary)


def _replace_directory(temporary: Path, path: Path) -> None:
    """A directory cannot be renamed over another; the old one steps aside first and is removed last."""
    for part in sorted(temporary.rglob("*")):
        if part.is_file():
            _fsync(part)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(6)}.old")
    if path.exists() or path.is_symlink():
        path.replace(aside)
    temporary.replace(path)
    _remove(aside)


#: What :func:`replacing` calls a file before and after its turn.
_LEFT = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{12}\.(?P<kind>tmp|old)")


def sweep(directory: Path) -> None:
    """Removes what a killed writer left in ``directory`` and below; a directory that had only stepped aside comes back.

    Only for directories that nobody else writes at this moment.
    """
    for path in sorted(directory.rglob(".*"), key=lambda found: len(found.parts)):
        match = _LEFT.fullmatch(path.name)
        if match is None or not (path.exists() or path.is_symlink()):
            continue
        target = path.with_name(match["name"])
        if match["kind"] == "old" and not target.exists():
            path.replace(target)
        else:
            _remove(path)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Writes a file atomically."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Writes a UTF-8 text file atomically."""
    write_bytes(path, content.encode())


def write_json(path: Path, value: Any) -> str:
    """Writes canonical JSON atomically and returns its digest."""
    content = canonical_json(value)
    write_bytes(path, content)
    return sha256_bytes(content)
