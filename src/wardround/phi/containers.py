"""Files within files: gzip, zip, and the office formats that are zip. Bounded, because a small archive may unpack to terabytes."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from pathlib import PurePosixPath

SUFFIXES = (".gz", ".zip", ".xlsx", ".xlsm", ".ods", ".docx", ".pptx", ".odt")
_OFFICE = {".xlsx", ".xlsm", ".ods", ".docx", ".pptx", ".odt"}
_TAG = re.compile(r"<[^<>]*>")


def members(path: PurePosixPath, content: bytes, most: int) -> list[tuple[str, bytes]] | None:
    """Names and contents, at most ``most`` bytes together; None when it is damaged, encrypted or too large."""
    try:
        if path.suffix.lower() == ".gz":
            with gzip.open(io.BytesIO(content)) as stream:
                inner = stream.read(most + 1)
            return [(path.stem, inner)] if len(inner) <= most else None
        return _zipped(path.suffix.lower() in _OFFICE, content, most)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError):
        return None


def _zipped(office: bool, content: bytes, most: int) -> list[tuple[str, bytes]] | None:  # noqa: FBT001 - said by the suffix
    found: list[tuple[str, bytes]] = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            with archive.open(entry) as stream:
                inner = stream.read(most + 1)
            most -= len(inner)
            if most < 0:
                return None
            if office and entry.filename.endswith((".xml", ".rels")):
                text = _TAG.sub("\n", inner.decode("utf-8", "replace"))
                found.append((entry.filename + ".txt", re.sub(r"\n\s*\n+", "\n", text).encode()))
            else:
                found.append((entry.filename, inner))
    return found
