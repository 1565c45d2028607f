"""Bytes behind a file: compression taken away, encoding and separator found out. Cells are never quoted in messages."""

from __future__ import annotations

import bz2
import codecs
import contextlib
import csv
import gzip
import io
import itertools
import lzma
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wardround.errors import Problem, UsageError, WardroundError
from wardround.tables.source import SourceFile, unreachable

_BLOCK = 1 << 20
_SEPARATORS = (",", ";", "\t", "|")
#: Rows that are looked at for the separator, and which share of them at least has as many fields as the header: some may be broken. Project choice.
_ROWS, _ALIKE = 21, 0.5
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: The container of Excel files before 2007.
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Bytes that Windows-1252 leaves undefined.
_NOT_CP1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")


@dataclass(frozen=True)
class Sniffed:
    """What a file is: ``format`` csv or parquet; ``compression`` empty, gzip, zip, bzip2 or xz; text facts for CSV."""

    format: str
    compression: str = ""
    encoding: str = ""
    bom: bool = False
    separator: str = ""
    #: Blank lines before the header.
    blank_lines: int = 0


def compression_of(head: bytes) -> str:
    """The compression that the first bytes announce; names of files are not trusted."""
    for magic, name in ((b"\x1f\x8b", "gzip"), (b"PK\x03\x04", "zip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz")):
        if head.startswith(magic):
            return name
    return ""


@contextlib.contextmanager
def plain_stream(file: SourceFile) -> Iterator[tuple[Any, str]]:
    """The uncompressed bytes of ``file`` and the compression that was found.

    Raises :class:`UsageError` for an empty file, an archive that does not hold exactly one table, and, while the
    caller reads, for a damaged archive.
    """
    raw = file.open()
    try:
        with _explained_damage(file, ""):
            head = raw.read(8)
            raw.seek(0)
        if not head:
            raise UsageError("the file is empty", where=file.name, wanted="a header line and rows")
        if head.startswith(_OLD_WORKBOOK):
            raise _workbook(file)
        found = compression_of(head)
        with _explained_damage(file, found):
            yield _opened(raw, found, file), found
    finally:
        raw.close()


def _opened(raw: Any, compression: str, file: SourceFile) -> Any:
    if compression == "gzip":
        return gzip.GzipFile(fileobj=raw)
    if compression == "bzip2":
        return bz2.BZ2File(raw)
    if compression == "xz":
        return lzma.LZMAFile(raw)
    if compression == "zip":
        return _only_member(raw, file)
    return raw


def _only_member(raw: Any, file: SourceFile) -> Any:
    archive = zipfile.ZipFile(raw)
    members = [item for item in archive.infolist() if not item.is_dir() and not item.filename.startswith("__MACOSX/")]
    if any(item.filename == "xl/workbook.xml" for item in members):
        raise _workbook(file)
    if len(members) != 1:
        raise UsageError(
            "the zip archive does not hold exactly one file",
            where=file.name,
            wanted="one CSV file",
            found=f"{len(members)} files",
            next="unpack it and give data.path the one table, or a glob over several with the same columns",
        )
    if members[0].flag_bits & 0x1:
        raise UsageError("the zip archive is encrypted", where=file.name, next="unpack it first")
    return archive.open(members[0])


def _workbook(file: SourceFile) -> UsageError:
    return UsageError(
        "the file is an Excel workbook", where=file.name, wanted="CSV or Parquet", next="save the sheet as CSV (UTF-8)"
    )


@contextlib.contextmanager
def _explained_damage(file: SourceFile, compression: str) -> Iterator[None]:
    try:
        yield
    except WardroundError:
        raise
    except (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, lzma.LZMAError, zipfile.LargeZipFile) as error:
        raise damaged(file, compression) from error
    except OSError as error:
        if compression and error.errno is None:
            raise damaged(file, compression) from error
        raise unreachable(file.name, error) from error
    except Exception as error:
        if type(error).__module__ == "zlib":
            raise damaged(file, compression) from error
        raise


def damaged(file: SourceFile, kind: str) -> UsageError:
    """A file that ends too early or whose checksums do not hold."""
    return UsageError(
        f"the {kind or 'file'} data are damaged or cut off",
        where=file.name,
        next="copy or export the file again and compare its size with the original's",
    )


def sniff_text(file: SourceFile) -> Sniffed:
    """Reads the whole file once to find an encoding that really reads it, then the separator from its first lines.

    UTF-8 is taken when every byte sequence is valid; UTF-16 only with its byte order mark; otherwise Windows-1252 if no
    undefined byte occurs and Latin-1 if one does (both read any text, so this is a guess, and evidence names it).
    """
    with plain_stream(file) as (stream, compression):
        head = stream.read(_BLOCK)
        bom = next((name for mark, name in _BOMS if head.startswith(mark)), "")
        if bom == "utf-16":
            return Sniffed("csv", compression, "utf-16", True, separator_of(head.decode("utf-16", "replace")))
        decoder = codecs.getincrementaldecoder("utf-8")()
        utf8, seen, block = True, set[int](), head
        while block:
            if utf8:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    utf8 = False
            seen |= set(block) & _NOT_CP1252 if not utf8 else set()
            block = stream.read(_BLOCK)
        if utf8:
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                utf8 = False
    encoding = "utf-8" if utf8 else ("latin-1" if seen else "cp1252")
    text = head.decode("utf-8-sig" if utf8 else encoding, "replace")
    return Sniffed("csv", compression, encoding, bool(bom), separator_of(text))


def check_text(head: bytes, encoding: str, file: SourceFile) -> None:
    """Refuses what is no CSV text, before cells of it are taken for names of columns and quoted."""
    if head.lstrip().startswith((b'{"', b"[{")):
        raise UsageError("the file is JSON", where=file.name, wanted="CSV or Parquet", next="save the table as CSV")
    # a column may be called <LOD>: a separator follows it then
    if re.match(rb"\s*<[!?a-zA-Z][^>]*>(?!\s*[,;\t|])", head.removeprefix(codecs.BOM_UTF8)):
        raise UsageError(
            "the file is HTML or XML", where=file.name, wanted="CSV or Parquet", next="save the table as CSV"
        )
    if b"\x00" in head and "16" not in encoding and "32" not in encoding:
        raise UsageError(
            "the file is not text",
            where=file.name,
            wanted="CSV or Parquet",
            found="zero bytes",
            next="save the table as CSV (UTF-8); if it is UTF-16 text without its mark, say so: --encoding utf-16",
        )


def separator_of(text: str) -> str:
    """The separator that splits the header into most fields (two or more) and most of the first rows into as many; a comma otherwise."""
    best, fields = ",", 1
    for candidate in _SEPARATORS:
        widths: list[int] = []
        with contextlib.suppress(csv.Error):  # a quote that never ends: the rows before it count
            for row in itertools.islice(csv.reader(io.StringIO(text, newline=""), delimiter=candidate), _ROWS):
                widths += [len(row)] if row else []
        if len(widths) > 2:
            widths.pop()  # the text may end within the last one
        if widths and widths[0] > fields and widths.count(widths[0]) >= _ALIKE * len(widths):
            best, fields = candidate, widths[0]
    return best


def first_bad_byte(file: SourceFile, encoding: str) -> int | None:
    """The offset (in the uncompressed bytes) at which ``encoding`` fails, or None when it reads everything."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    with plain_stream(file) as (stream, _):
        while True:
            block = stream.read(_BLOCK)
            kept = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return done - kept + error.start
            if not block:
                return None
            done += len(block)


def wrong_encoding(file: SourceFile, encoding: str) -> WardroundError:
    """The failure of ``encoding``: the offset, and the encodings that would read the file."""
    offset = first_bad_byte(file, encoding)
    better = sniff_text(file).encoding
    candidates = [better] + (["latin-1"] if better == "cp1252" else [])
    return UsageError(
        problems=[
            Problem(
                f"the file is not {encoding} text",
                where=f"{file.name}: byte {offset}" if offset is not None else file.name,
                wanted=f"text in the encoding of data.encoding ({encoding})",
                found=f"bytes that {' or '.join(candidates)} would read",
                next=f"set data.encoding to {better} in params.yaml, or save the file as UTF-8",
            )
        ]
    )
