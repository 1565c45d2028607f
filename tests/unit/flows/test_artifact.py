"""An artifact is a zip of one small file; whatever else it is, it is refused, in memory and in a moment."""

import io
import stat
import struct
import time
import tracemalloc
import zipfile
import zlib

import pytest

from wardround.flows.publish.artifact import Caps, take

NAME = "publication.json"
CONTENT = b'{"project": "readmission"}\n' * 40


def zipped(*entries, method=zipfile.ZIP_DEFLATED, comment=b""):
    """A real archive of (name or ZipInfo, content)."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
        archive.comment = comment
    return stream.getvalue()


def info(name=NAME, mode=stat.S_IFREG | 0o644, method=zipfile.ZIP_DEFLATED):
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    made.compress_type = method
    return made


def forged(
    content, *, size=None, crc=None, packed=None, local_name=None, central_name=None, flags=0, method=8, tail=b""
):
    """An archive by hand, whose headers say what they are told to."""
    if packed is None:
        deflating = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = deflating.compress(content) + deflating.flush()
    size = len(content) if size is None else size
    crc = zlib.crc32(content) if crc is None else crc
    local_name, central_name = local_name or NAME.encode(), central_name or NAME.encode()
    common = struct.pack("<HHHHIIIHH", flags, method, 0, 33, crc, len(packed), size, 0, 0)[:-4]
    local = b"PK\x03\x04" + struct.pack("<H", 20) + common + struct.pack("<HH", len(local_name), 0) + local_name
    start = len(local) + len(packed)
    central = b"PK\x01\x02" + struct.pack("<HH", 20, 20) + common
    central += struct.pack("<HHHHHII", len(central_name), 0, 0, 0, 0, (0o100644) << 16, 0) + central_name
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), start, 0)
    return local + packed + central + end + tail


def zeros(gigabytes):
    """So many of zeros, deflated: about a thousandth. Blocks that stand alone are the same bytes again and again."""
    deflating, block = zlib.compressobj(9, zlib.DEFLATED, -15), bytes(1 << 26)
    one = deflating.compress(block) + deflating.flush(zlib.Z_FULL_FLUSH)
    return one * (gigabytes << 4) + deflating.flush()


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_an_ordinary_artifact_is_taken(method, tmp_path):
    archive = zipped((NAME, CONTENT), method=method)
    assert take(archive).value == CONTENT
    path = tmp_path / "artifact.zip"
    path.write_bytes(archive)
    assert take(path).value == CONTENT
    assert [item.name for item in tmp_path.iterdir()] == ["artifact.zip"]
    assert take(forged(CONTENT)).value == CONTENT


def test_an_archive_that_was_streamed_is_taken():
    """GitHub's own archives write sizes after the content."""

    class Pipe(io.RawIOBase):
        def __init__(self):
            self.content = b""

        def writable(self):
            return True

        def write(self, data):
            self.content += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(NAME, CONTENT)
    assert take(pipe.content).value == CONTENT


@pytest.mark.parametrize(
    ("archive", "wanted"),
    [
        (b"", "no zip archive"),
        (b"PK\x03\x04 and nothing", "no zip archive"),
        (zipped(), "is empty"),
        (zipped(("../publication.json", CONTENT)), "leads outside"),
        (zipped(("a/../../publication.json", CONTENT)), "leads outside"),
        (zipped(("..\\publication.json", CONTENT)), "leads outside"),
        (zipped(("/publication.json", CONTENT)), "absolute name"),
        (zipped(("C:\\publication.json", CONTENT)), "absolute name"),
        (zipped(("a/publication.json", CONTENT)), "does not hold publication.json"),
        (zipped(("Publication.json", CONTENT)), "does not hold publication.json"),
        (zipped(("publication.json/", b"")), "does not hold publication.json"),
        (zipped((NAME, CONTENT), ("more.json", b"{}")), "holds 2 files"),
        (zipped((NAME, CONTENT), ("/etc/passwd", b"")), "absolute name"),
        (zipped((info(mode=stat.S_IFLNK | 0o777), b"/etc/passwd")), "a link or a special file"),
        (zipped((info(mode=stat.S_IFIFO | 0o777), b"")), "a link or a special file"),
        (zipped((info(mode=stat.S_IFDIR | 0o777), b"")), "a link or a special file"),
        (zipped((NAME, CONTENT), method=zipfile.ZIP_BZIP2), "unusual way"),
        (zipped((NAME, CONTENT), method=zipfile.ZIP_LZMA), "unusual way"),
        (zipped((NAME, zipped((NAME, CONTENT)))), "an archive in the place of the file"),
        (zipped((NAME, CONTENT), comment=b"hello"), "more than an archive"),
        (b"#!/bin/sh\n" + zipped((NAME, CONTENT)), "more than an archive"),
        (zipped((NAME, CONTENT))[:-10], "no zip archive"),
        (forged(CONTENT, flags=1), "encrypted"),
        (forged(CONTENT, crc=1), "damaged"),
        (forged(CONTENT, size=10, crc=zlib.crc32(CONTENT[:10])), "damaged"),
        (forged(CONTENT, size=len(CONTENT) + 1), "damaged"),
        (forged(CONTENT, packed=b"\xff" * 50), "damaged"),
        (forged(CONTENT, packed=b""), "damaged"),
        (forged(CONTENT, local_name=b"../../../evil.js"), "two different things"),
        (forged(CONTENT, central_name=b"publication.json\0.sh"), "does not hold publication.json"),
        (forged(CONTENT, method=99), "unusual way"),
    ],
)
def test_anything_else_is_refused(archive, wanted):
    found = take(archive)
    assert found.value is None
    assert wanted in found.reason
    assert "passwd" not in found.reason
    assert "evil" not in found.reason


def test_duplicates_are_refused():
    with pytest.warns(UserWarning, match="Duplicate"):
        archive = zipped((NAME, CONTENT), (NAME, b"{}"))
    assert "holds 2 files" in take(archive).reason


@pytest.mark.parametrize("size", [100, 19 * 1024 * 1024, 10 << 30])
@pytest.mark.parametrize("gigabytes", [4, 10])
def test_a_bomb_does_not_go_off(size, gigabytes):
    """Whatever the headers say of the size: a small one, one just under the cap, the true one (cut to 32 bits)."""
    archive = forged(b"", packed=zeros(gigabytes), size=size & 0xFFFFFFFF, crc=0)
    tracemalloc.start()
    started = time.monotonic()
    found = take(archive, Caps(zipped=20 << 20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.value is None
    assert "holds more than" in found.reason
    assert time.monotonic() - started < 20
    assert peak < 100 << 20
    assert take(archive).value is None


def test_caps():
    assert (
        "is larger than 100 bytes" in take(zipped((NAME, CONTENT), method=zipfile.ZIP_STORED), Caps(zipped=100)).reason
    )
    assert "holds more than 100 bytes" in take(zipped((NAME, CONTENT)), Caps(unzipped=100)).reason
    assert "times its own size" in take(zipped((NAME, bytes(1 << 20)))).reason


def test_a_file_that_is_not_there(tmp_path):
    assert take(tmp_path / "none.zip").reason == "the artifact is missing"
    assert "cannot be read" in take(tmp_path).reason


def test_every_cut_and_every_changed_byte_is_a_reason_or_the_content():
    archive = zipped((NAME, CONTENT))
    for place in range(len(archive)):
        assert take(archive[:place]).value is None
        for flip in (1, 0x80, 0xFF):
            spoilt = bytearray(archive)
            spoilt[place] ^= flip
            found = take(bytes(spoilt))
            assert found.value in {None, CONTENT}
            assert (found.value is None) == bool(found.reason)
