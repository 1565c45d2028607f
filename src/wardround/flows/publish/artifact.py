"""The artifact of a review run: a zip from an untrusted program, of which one small file is taken, in memory.

Nothing is extracted: no name in the archive ever becomes a path. The headers are read with the standard library; the bytes are
inflated here, so that the true size counts and not the one that the headers say.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from wardround.disclosure.shapes import Checked
from wardround.flows.publication import FILE

#: Signature, then of a local header: flags, method, and the lengths of name and extra field.
_LOCAL = struct.Struct("<4s2xHH16xHH")
_MAGIC = b"PK\x03\x04"
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_CHUNK = 64 * 1024
#: A file may always be as large as this, whatever its ratio.
_SMALL = 64 * 1024
#: What the standard library raises on archives that are none.
_BROKEN = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    OverflowError,
    struct.error,
    KeyError,
    IndexError,
)


@dataclass(frozen=True)
class Caps:
    """Largest archive and content, in bytes, and how many times its archived size the content may be.

    Publications shrink to about a 25th; deflate can reach a 1,000th.
    """

    zipped: int = 5 * 1024 * 1024
    unzipped: int = 20 * 1024 * 1024
    ratio: int = 200


class _Refused(Exception):
    """Why the archive is not taken."""


def take(source: Path | bytes, caps: Caps | None = None) -> Checked[bytes]:
    """The bytes of ``publication.json``, or the reason why there are none. Never raises because of what the archive holds."""
    caps = caps or Caps()
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as stream:
            return Checked(_take(stream, caps))
    except _Refused as error:
        return Checked(None, f"the artifact {error}")
    except FileNotFoundError:
        return Checked(None, "the artifact is missing")
    except OSError as error:
        return Checked(None, f"the artifact cannot be read ({error.strerror or type(error).__name__})")


def _take(stream: BinaryIO, caps: Caps) -> bytes:
    size = stream.seek(0, io.SEEK_END)
    if size > caps.zipped:
        raise _Refused(f"is larger than {caps.zipped:,} bytes")
    stream.seek(0)
    raw = stream.read(caps.zipped + 1)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries, comment = archive.infolist(), archive.comment
    except _BROKEN as error:
        raise _Refused("is no zip archive that can be read") from error
    entry = _only(entries)
    if comment or not raw.startswith(_MAGIC):
        raise _Refused("holds more than an archive")
    _admissible(entry, caps)
    return _inflated(raw, entry, caps)


def _only(entries: list[zipfile.ZipInfo]) -> zipfile.ZipInfo:
    """The one entry that there may be, under the one name that it may have."""
    if not entries:
        raise _Refused("is empty")
    for entry in entries:
        name = entry.orig_filename.replace("\\", "/")
        if name.startswith("/") or name[1:2] == ":":
            raise _Refused("holds a file with an absolute name")
        if ".." in name.split("/"):
            raise _Refused("holds a file whose name leads outside")
    if len(entries) > 1:
        raise _Refused(f"holds {len(entries)} files, and {FILE} alone is wanted")
    if entries[0].orig_filename != FILE:
        raise _Refused(f"does not hold {FILE}")
    return entries[0]


def _admissible(entry: zipfile.ZipInfo, caps: Caps) -> None:
    """Whether the headers say what those of an ordinary small file say."""
    if entry.flag_bits & _ENCRYPTED:
        raise _Refused("is encrypted")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        raise _Refused("holds a link or a special file")
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise _Refused("is compressed in an unusual way")
    if entry.header_offset != 0:
        raise _Refused("holds more than an archive")
    _within(entry.file_size, entry.compress_size, caps)


def _within(size: int, zipped: int, caps: Caps) -> None:
    if size > caps.unzipped:
        raise _Refused(f"holds more than {caps.unzipped:,} bytes")
    if size > max(_SMALL, caps.ratio * zipped):
        raise _Refused(f"holds more than {caps.ratio} times its own size")


def _inflated(raw: bytes, entry: zipfile.ZipInfo, caps: Caps) -> bytes:
    """The content, whose size, checksum and end are as the directory says, and whose local header agrees with it."""
    head = raw[: _LOCAL.size]
    if len(head) < _LOCAL.size:
        raise _Refused("is cut off")
    magic, flags, method, name_size, extra_size = _LOCAL.unpack(head)
    start = _LOCAL.size + name_size + extra_size
    name = raw[_LOCAL.size : _LOCAL.size + name_size]
    if (magic, flags, method, name) != (_MAGIC, entry.flag_bits, entry.compress_type, FILE.encode()):
        raise _Refused("says two different things of its file")
    packed = raw[start : start + entry.compress_size]
    content = _unpacked(packed, caps) if method == zipfile.ZIP_DEFLATED else packed
    if len(packed) != entry.compress_size or len(content) != entry.file_size or zlib.crc32(content) != entry.CRC:
        raise _Refused("is damaged: size or checksum are not those of the file")
    if content.startswith(b"PK"):
        raise _Refused("holds an archive in the place of the file")
    return content


def _unpacked(packed: bytes, caps: Caps) -> bytes:
    """Inflates piece by piece and stops at the cap, whatever the headers say."""
    inflating, content = zlib.decompressobj(-zlib.MAX_WBITS), bytearray()
    waiting = packed
    try:
        while not inflating.eof:
            piece = inflating.decompress(waiting, _CHUNK)
            content += piece
            _within(len(content), len(packed), caps)
            waiting = inflating.unconsumed_tail
            if not piece and not waiting:
                break
    except zlib.error as error:
        raise _Refused("is damaged: it cannot be inflated") from error
    if not inflating.eof or inflating.unused_data:
        raise _Refused("is damaged: its file does not end where it should")
    return bytes(content)
