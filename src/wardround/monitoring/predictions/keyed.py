"""Subjects and encounters in the log: a keyed hash, so that outcomes can be joined, and who has the log alone finds nobody."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path
from typing import Literal

from wardround.errors import UsageError

#: The least length of a key, in bytes: as much chance as the hash can use is 32; 16 cannot be guessed.
LEAST = 16


def keyed(key: bytes, kind: Literal["subject", "encounter"], value: str) -> str:
    """HMAC-SHA-256 (RFC 2104) of ``kind``, a zero byte and the value's UTF-8, as 64 hexadecimal digits.

    The kind is in it, so that a subject and an encounter of the same number have nothing in common.
    """
    return hmac.digest(key, kind.encode() + b"\0" + value.encode(), "sha256").hex()


def load_key(path: Path, *, make: bool = False) -> bytes:
    """The key in a file, without white space at its ends. With ``make`` a file that is not there is written, for its owner alone.

    Raises :class:`UsageError` when there is none, or it is too short to be one.
    """
    if make and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another worker was quicker
            pass
        else:
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write(secrets.token_hex(32) + "\n")
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise UsageError(
            f"the key of the prediction log cannot be read: {error.strerror}",
            where=f"WARDROUND_LOG_KEY_FILE: {path}",
            next="make one: openssl rand -hex 32 > FILE; every service of the project needs the same",
        ) from error
    if len(key) < LEAST:
        raise UsageError(
            "the key of the prediction log is too short",
            where=f"WARDROUND_LOG_KEY_FILE: {path}",
            wanted=f"at least {LEAST} bytes that nobody can guess",
            found=f"{len(key)} bytes",
            next="make one: openssl rand -hex 32 > FILE",
        )
    return key
