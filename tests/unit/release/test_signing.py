"""Keys, envelopes and what is refused. The signature is checked by another program, too."""

import base64
import json
import shutil
import subprocess

import pytest

from wardround.errors import EnvironmentFailure, GovernanceFinding, UsageError
from wardround.release import signing


@pytest.fixture
def key(tmp_path):
    return signing.key_of(tmp_path / "deep" / "key", make=True)


def _trusted(*keys):
    return signing.trusted_keys(b"".join(signing.public_pem(key) for key in keys))


def test_a_key_is_made_once_for_its_owner_alone(tmp_path, key):
    path = tmp_path / "deep" / "key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert signing.key_of(path, make=True).id == key.id
    assert [item.name for item in path.parent.iterdir()] == ["key"]


def test_a_named_key_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(EnvironmentFailure, match="cannot be read"):
        signing.key_of(tmp_path / "key", make=False)
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize("text", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_is_refused(text, tmp_path):
    (tmp_path / "key").write_bytes(text)
    with pytest.raises(UsageError, match="no Ed25519 key"):
        signing.key_of(tmp_path / "key", make=False)


def test_a_key_of_another_kind_is_refused(tmp_path):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    made = ec.generate_private_key(ec.SECP256R1())
    pem = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(UsageError, match="no Ed25519 key"):
        signing.key_from(pem, "a variable")
    public = made.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(UsageError, match="no Ed25519 key"):
        signing.trusted_keys(public)


def test_the_same_statement_is_the_same_envelope_and_comes_back(key):
    statement = {"b": 1, "a": ["ü"]}
    envelope = signing.sign(statement, key)
    assert envelope == signing.sign(dict(reversed(statement.items())), key)
    assert signing.opened(envelope, _trusted(key)) == statement


def test_one_of_several_keys_is_enough(key, tmp_path):
    other = signing.key_of(tmp_path / "other", make=True)
    assert signing.opened(signing.sign({"a": 1}, key), _trusted(other, key)) == {"a": 1}


def _edit(change):
    def edited(envelope):
        plain = json.loads(envelope)
        change(plain)
        return json.dumps(plain).encode()

    return edited


HOSTILE = {
    "another payload": _edit(lambda e: e.update(payload=base64.b64encode(b'{"a": 2}').decode())),
    "another signature": _edit(lambda e: e["signatures"][0].update(sig=base64.b64encode(b"x" * 64).decode())),
    "another type": _edit(lambda e: e.update(payloadType="text/plain")),
    "no signature": _edit(lambda e: e.update(signatures=[])),
    "an unknown key": _edit(lambda e: e["signatures"][0].update(keyid="sha256:00")),
    "no base64": _edit(lambda e: e.update(payload="%%%")),
    "signatures that are no list": _edit(lambda e: e.update(signatures=7)),
    "a signature that is no object": _edit(lambda e: e.update(signatures=["x"])),
    "no JSON": lambda _envelope: b"{",
    "nothing": lambda _envelope: b"",
    "a list": lambda _envelope: b"[]",
    "deep": lambda _envelope: b"[" * 100_000,
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_anything_else_is_refused(change, key):
    with pytest.raises(GovernanceFinding, match="cannot be trusted"):
        signing.opened(change(signing.sign({"a": 1}, key)), _trusted(key))


def test_a_stranger_s_signature_is_refused(key, tmp_path):
    stranger = signing.key_of(tmp_path / "stranger", make=True)
    with pytest.raises(GovernanceFinding, match="no key that is trusted"):
        signing.opened(signing.sign({"a": 1}, stranger), _trusted(key))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees_on_what_was_signed(key, tmp_path):
    plain = json.loads(signing.sign({"a": 1}, key))
    payload = base64.b64decode(plain["payload"])
    # the encoding as the DSSE specification writes it: type and body, each after its length
    body = b" ".join((b"DSSEv1", b"28", b"application/vnd.in-toto+json", str(len(payload)).encode(), payload))
    (tmp_path / "body").write_bytes(body)
    (tmp_path / "sig").write_bytes(base64.b64decode(plain["signatures"][0]["sig"]))
    (tmp_path / "pub").write_bytes(signing.public_pem(key))
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "pub", "-rawin", "-in", "body", "-sigfile", "sig"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
