"""Ed25519 keys of a release, and DSSE envelopes signed with them, offline."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.errors import EnvironmentFailure, GovernanceFinding, MissingExtra, UsageError
from wardround.files import canonical_json

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

#: The environment variable that names the private key's file.
VARIABLE = "WARDROUND_SIGNING_KEY_FILE"
#: The one that holds the key itself, as PEM.
SECRET = "WARDROUND_SIGNING_KEY"  # noqa: S105 - a variable's name
#: In the repository, reviewed: the public keys whose signatures count, PEM blocks one after the other.
TRUSTED = Path("governance") / "release.pub"
PAYLOAD_TYPE = "application/vnd.in-toto+json"


@dataclass(frozen=True)
class Key:
    """A private key and how its public half is called in envelopes: the SHA-256 of its raw bytes."""

    private: Ed25519PrivateKey
    id: str


def key_of(path: Path, *, make: bool) -> Key:
    """The key in a PEM file. With ``make``, a new one where there is none, readable by this user alone.

    Raises :class:`UsageError` for a file that is no such key, :class:`MissingExtra` without the library.
    """
    serialization, ed25519 = _library()
    if not path.is_file() and make:
        _write_new(path, serialization, ed25519)
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise EnvironmentFailure(
            "the key that signs releases cannot be read",
            where=str(path),
            found=error.strerror or type(error).__name__,
            next=f"set {VARIABLE} to its file",
        ) from error
    return key_from(pem, str(path))


def key_from(pem: bytes, where: str) -> Key:
    """The key in a PEM text. :class:`UsageError` that says where it was when it is none."""
    serialization, ed25519 = _library()
    try:
        found = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise _no_key(where) from error
    if not isinstance(found, ed25519.Ed25519PrivateKey):
        raise _no_key(where)
    return Key(found, key_id(found.public_key()))


def public_pem(key: Key) -> bytes:
    """The public half as PEM, for ``governance/release.pub``."""
    serialization, _ = _library()
    pem: bytes = key.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem


def key_id(public: Ed25519PublicKey) -> str:
    """How a public key is called."""
    return "sha256:" + hashlib.sha256(public.public_bytes_raw()).hexdigest()


def trusted_keys(pem: bytes) -> dict[str, Ed25519PublicKey]:
    """The public keys in a file of PEM blocks, by id. :class:`UsageError` when a block is no Ed25519 key."""
    serialization, ed25519 = _library()
    end = b"-----END PUBLIC KEY-----"
    found = {}
    for block in pem.split(end)[:-1]:
        try:
            key = serialization.load_pem_public_key(block.strip() + b"\n" + end + b"\n")
        except ValueError as error:
            raise _no_key(str(TRUSTED)) from error
        if not isinstance(key, ed25519.Ed25519PublicKey):
            raise _no_key(str(TRUSTED))
        found[key_id(key)] = key
    return found


def sign(statement: Any, key: Key) -> bytes:
    """The statement in a DSSE envelope, canonical JSON. Ed25519 signs without chance: the same statement gives the same bytes."""
    payload = canonical_json(statement)
    signature = key.private.sign(_pae(payload))
    return canonical_json(
        {
            "payloadType": PAYLOAD_TYPE,
            "payload": base64.b64encode(payload).decode(),
            "signatures": [{"keyid": key.id, "sig": base64.b64encode(signature).decode()}],
        }
    )


def opened(envelope: bytes, keys: dict[str, Ed25519PublicKey]) -> Any:
    """The statement in an envelope that one of ``keys`` signed. :class:`GovernanceFinding` for any other."""
    from cryptography.exceptions import InvalidSignature

    try:
        plain = json.loads(envelope)
        payload = base64.b64decode(plain["payload"], validate=True)
        signatures: Sequence[Any] = plain["signatures"]
        if plain["payloadType"] != PAYLOAD_TYPE:
            raise _refused("it is an envelope of another kind")
        for item in signatures:
            public = keys.get(item["keyid"])
            if public is None:
                continue
            public.verify(base64.b64decode(item["sig"], validate=True), _pae(payload))
            return json.loads(payload)
    except InvalidSignature as error:
        raise _refused("the signature is not that of its content") from error
    except (KeyError, TypeError, AttributeError, ValueError, binascii.Error, RecursionError) as error:
        raise _refused("it is no envelope that can be read") from error
    raise _refused("no key that is trusted here has signed it")


def _pae(payload: bytes) -> bytes:
    """Pre-authentication encoding of DSSE version 1."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def _write_new(path: Path, serialization: Any, ed25519: Any) -> None:
    pem = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(pem)
        with contextlib.suppress(FileExistsError):  # who comes second takes the first one's key
            os.link(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _library() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        raise MissingExtra("serve", "cryptography") from error
    return serialization, ed25519


def _no_key(where: str) -> UsageError:
    return UsageError("this is no Ed25519 key", where=where, wanted="PEM", next="openssl genpkey -algorithm ed25519")


def _refused(found: str) -> GovernanceFinding:
    return GovernanceFinding(
        "the provenance cannot be trusted",
        where="provenance.json",
        wanted=f"a signature by a key in {TRUSTED}",
        found=found,
        next="find out where it comes from; release the version's commit again",
    )
