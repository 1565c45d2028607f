"""What git unpacked once, kept in one file beside its objects: it takes longer over 100,000 small files than all that is done with them.

For readers that check what they use by hashes of their own: nothing here is compared with the names that git gives it.
"""

from __future__ import annotations

import contextlib
import hashlib
from array import array
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure
from wardround.files import replacing
from wardround.revision.branch import contents

if TYPE_CHECKING:
    from wardround.revision.git import Git

#: So many objects are worth a file, and so many new ones a new file. Project choices.
MANY, NEW = 20_000, 2_000
_HASH = hashlib.sha256().digest_size


def kept_contents(git: Git, names: Iterable[str], shelf: str) -> list[bytes]:
    """As :func:`contents`: the contents of objects by their names, in order; of many, those that were read before are not read again.

    ``shelf`` names the file. One that is torn or changed is not used, and one that cannot be written is done without.
    """
    wanted = list(names)
    if len(wanted) < MANY:
        return contents(git, wanted)
    place = Path(git.repository.common_dir) / "wardround" / shelf
    known, found = _read(place)
    if known == wanted:
        return found
    held = dict(zip(known, found, strict=True))
    missing = [name for name in dict.fromkeys(wanted) if name not in held]
    held.update(zip(missing, contents(git, missing), strict=True))
    if len(missing) >= NEW:
        with contextlib.suppress(OSError, EnvironmentFailure):
            _write(place, wanted, [held[name] for name in wanted])
    return [held[name] for name in wanted]


def _read(place: Path) -> tuple[list[str], list[bytes]]:
    """Names and contents of a file that is whole; none otherwise."""
    try:
        packed = place.read_bytes()
    except OSError:
        return [], []
    view = memoryview(packed)
    if hashlib.sha256(view[_HASH:]).digest() != packed[:_HASH]:
        return [], []
    at = packed.index(b"\n\n", _HASH)
    names = packed[_HASH:at].decode().split("\n")
    ends = array("Q")
    ends.frombytes(view[at + 2 : at + 2 + ends.itemsize * (len(names) + 1)])
    return names, [packed[start:end] for start, end in pairwise(ends)]


def _write(place: Path, names: list[str], found: list[bytes]) -> None:
    head = "\n".join(names).encode() + b"\n\n"
    ends = array("Q", [0])
    at = _HASH + len(head) + ends.itemsize * (len(names) + 1)
    ends[0] = at
    for content in found:
        at += len(content)
        ends.append(at)
    body = b"".join((head, ends.tobytes(), *found))
    place.parent.mkdir(exist_ok=True)
    with replacing(place) as temporary:
        temporary.write_bytes(hashlib.sha256(body).digest() + body)
