"""Which key signs a release, and whether the repository trusts it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from wardround.errors import UsageError
from wardround.release import signing


def key(root: Path, env: Mapping[str, str]) -> tuple[signing.Key, tuple[str, ...]]:
    """The key that the environment gives, else this user's own, made when it is needed; and notes for a person.

    ``WARDROUND_SIGNING_KEY`` holds a key as PEM (a workflow's secret), ``WARDROUND_SIGNING_KEY_FILE`` names its file.

    ``root`` is the released commit's project. Raises :class:`UsageError` when the repository names keys and this is none of them.
    """
    found, where = _found(env)
    trusted = public_keys_file(root)
    if trusted is None:
        note = (
            f"nobody can check who signed this release: {signing.TRUSTED} is not in the repository. "
            f"Commit this machine's public key there: wardround release --public-key"
        )
        return found, (note,)
    if found.id not in signing.trusted_keys(trusted.read_bytes()):
        raise UsageError(
            "the repository does not trust the key of this machine",
            where=where,
            wanted=f"a key of {signing.TRUSTED}",
            found=found.id,
            next=f"set {signing.VARIABLE} to the right key's file, or add this one's public half by a pull request",
        )
    return found, ()


def own_public_key(env: Mapping[str, str]) -> bytes:
    """The public half, as PEM, of the key that :func:`key` would sign with; made when it is needed."""
    return signing.public_pem(_found(env)[0])


def public_keys_file(root: Path) -> Path | None:
    """The file with the public keys that count, in the project or at the top of its repository; None where there is none."""
    for place in (root, *root.parents):
        path = place / signing.TRUSTED
        if path.is_file():
            return path
        if (place / ".git").exists():
            break
    return None


def _found(env: Mapping[str, str]) -> tuple[signing.Key, str]:
    """The key, and where it came from."""
    if text := env.get(signing.SECRET, ""):
        return signing.key_from(text.encode(), signing.SECRET), signing.SECRET
    named = env.get(signing.VARIABLE, "")
    path = Path(named) if named else _own(env)
    return signing.key_of(path, make=not named), str(path)


def _own(env: Mapping[str, str]) -> Path:
    config = env.get("XDG_CONFIG_HOME", "")
    home = Path(config) if config else Path(env.get("HOME") or Path.home()) / ".config"
    return home / "wardround" / "release.key"
