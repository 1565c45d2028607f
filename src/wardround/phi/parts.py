"""A file as parts that can be scanned: text, columns of tables, pictures, and what cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from wardround.phi import containers, notebooks, tabular

#: At most so many bytes of one file (unpacked) are read; the rest is said to be unread. Project choice.
MOST = 512 << 20


@dataclass(frozen=True)
class Text:
    """``where`` says which part of the file (empty: all of it); ``line`` is the file's line at which the text starts, 0 when lines say nothing.

    ``prose``: people wrote or read it as sentences, so that a model of language may look for names in it. Code and settings are none.
    """

    text: str
    where: str = ""
    line: int = 1
    prose: bool = False


@dataclass(frozen=True)
class Column:
    """A column of a table with its distinct values as text."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Sure:
    """A finding by the kind of file alone: a photograph, a medical image, a table that cannot be read."""

    kind: str
    where: str = ""


Part = Text | Column | Sure

_PHOTOS = {".jpg", ".jpeg", ".tif", ".tiff", ".heic", ".heif", ".dcm", ".dicom", ".nii", ".webp", ".bmp"}
#: What people write in sentences, and what programs print. Nothing else is shown to a model of language: it takes names in code for people.
_PROSE = {".md", ".markdown", ".txt", ".rst", ".log", ".out", ".err", ".html", ".htm", ".eml", ".tex"}
_NO_PROSE = {"Makefile", "Dockerfile", "CODEOWNERS", "LICENSE"}
_UNREADABLE = {
    ".pdf", ".sas7bdat", ".xpt", ".sav", ".por", ".dta", ".rds", ".rdata", ".rda", ".pkl", ".pickle", ".sqlite", ".sqlite3", ".db", ".mdb",
    ".accdb", ".xls", ".doc", ".ppt", ".h5", ".hdf5", ".mat", ".npy", ".npz", ".7z", ".rar", ".duckdb", ".bak", ".dump",
}  # fmt: skip


def parts(name: str, content: bytes, deep: int = 0) -> Iterator[Part]:
    """The parts of a file with this name. What cannot be read is a part as well; only a missing pyarrow is raised (:class:`MissingPackage`)."""
    path = PurePosixPath(name)
    suffix = path.suffix.lower()
    if suffix in _PHOTOS or content[128:132] == b"DICM":
        yield Sure("photo")
    elif suffix in _UNREADABLE:
        yield Sure("unreadable")
    elif suffix in containers.SUFFIXES:
        yield from _packed(path, content, deep)
    elif suffix in tabular.BINARY:
        yield from _columns(tabular.binary(content, suffix))
    elif (text := decoded(content)) is None:
        return
    elif suffix == ".ipynb":
        yield from notebooks.parts_of(text)
    elif suffix in tabular.SEPARATED:
        yield from _columns(tabular.separated(text, tabular.SEPARATED[suffix]), text)
    else:
        named = suffix in _PROSE or (not suffix and path.name not in _NO_PROSE and not path.name.startswith("."))
        yield Text(text, prose=named)


def _columns(found: tuple[tuple[str, tuple[str, ...]], ...] | None, text: str | None = None) -> Iterator[Part]:
    if found is None:
        yield Text(text, prose=True) if text is not None else Sure("unreadable")
        return
    for name, values in found:
        yield Column(name, values)


def _packed(path: PurePosixPath, content: bytes, deep: int) -> Iterator[Part]:
    members = containers.members(path, content, MOST) if deep < 3 else None
    if members is None:
        yield Sure("unreadable")
        return
    for name, inner in members:
        for part in parts(name, inner, deep + 1):
            yield _inside(part, name if name != path.stem else "")


def _inside(part: Part, name: str) -> Part:
    if not name or isinstance(part, Column):
        return part
    if isinstance(part, Text):
        return Text(part.text, f"{name} {part.where}".strip(), part.line, part.prose)
    return Sure(part.kind, name)


def decoded(content: bytes) -> str | None:
    """The text in a file; None where it holds no text."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content.decode("utf-16", "replace")
    if b"\0" in content[:8192]:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


Reader = Callable[[str, bytes], Iterator[Part]]
