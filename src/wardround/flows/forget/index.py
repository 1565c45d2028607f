"""The salted index: for each table object, the keyed hashes of the subjects in it, so that a later withdrawal need not read every snapshot again.

It is kept in the storage beside the objects, with the key; whoever may read the data may read it, and nobody else. What is erased takes its index along.
"""

from __future__ import annotations

import hashlib
import secrets
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wardround.flows.forget.stores import INDEX
from wardround.storage.erasing import erase
from wardround.storage.place import Place

_SIZE = 16


@dataclass(frozen=True)
class Index:
    """The index in ``home``, under ``key``."""

    home: Place
    key: bytes

    def hashed(self, subjects: Iterable[str]) -> frozenset[bytes]:
        """The keyed hashes of identifiers."""
        return frozenset(hashlib.blake2b(text.encode(), digest_size=_SIZE, key=self.key).digest() for text in subjects)

    def of(self, md5: str) -> frozenset[bytes] | None:
        """Who is in an object; None where nobody looked yet, or the file is damaged."""
        content = self.home.read(f"{INDEX}/{md5}")
        if content is None or len(content) % _SIZE:
            return None
        return frozenset(content[at : at + _SIZE] for at in range(0, len(content), _SIZE))

    def keep(self, md5: str, hashes: frozenset[bytes]) -> None:
        """Writes who is in an object, in sorted order: the order of rows says nothing any more."""
        write(self.home, f"{INDEX}/{md5}", b"".join(sorted(hashes)))

    def drop(self, md5: str) -> None:
        """Forgets an object's index, with all versions of the file."""
        erase(self.home, f"{INDEX}/{md5}")


def opened(home: Place) -> Index:
    """The index, with its key; a new key where there is none."""
    name = f"{INDEX}/key"
    key = home.read(name)
    if key is None or len(key) != 64:
        write(home, name, secrets.token_bytes(64))
        key = home.read(name)
        assert key is not None
    return Index(home, key)


def write(home: Place, name: str, content: bytes) -> None:
    """A small file in the storage, in one step."""
    with tempfile.TemporaryDirectory(prefix="wardround-forget-") as scratch:
        local = Path(scratch) / "file"
        local.write_bytes(content)
        home.put(local, name)
