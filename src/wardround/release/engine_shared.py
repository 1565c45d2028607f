"""What the engines' drivers have in common."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.proc import Command, Finished, run


def must(done: Finished, doing: str) -> Finished:
    """The answer of an engine that must have succeeded; :class:`EnvironmentFailure` with its words otherwise."""
    if not done.ok:
        lines = [line.strip() for line in (done.err or done.out).splitlines() if line.strip()]
        raise EnvironmentFailure(f"the engine could not {doing}", found=" | ".join(lines[-3:])[-500:])
    return done


def own_name() -> str:
    """A tag that nobody else uses, for a manifest whose digest is not known yet."""
    return f"release-{secrets.token_hex(8)}"


def digest_name(digest: str) -> str:
    """The tag that only this manifest ever has."""
    return digest.replace(":", "-")


def same_digest(place: str, wanted: str, found: str) -> None:
    """Raises :class:`EnvironmentFailure` when a registry gave one image two digests."""
    if found != wanted:
        raise EnvironmentFailure("the registry gave one image two digests", where=place, wanted=wanted, found=found)


def pushed(program: str, image: str, target: str) -> str:
    """Pushes with podman or buildah, which write the manifest's digest into a file."""
    with tempfile.TemporaryDirectory(prefix="wardround-push-") as scratch:
        said = Path(scratch) / "digest"
        done = run(Command([program, "push", "--digestfile", str(said), image, target], timeout=1800))
        must(done, f"push to {target}")
        return said.read_text(encoding="ascii").strip()


def throwaway_key(scratch: Path) -> Path:
    """A key for a prediction log that nobody keeps. The container's user is another than this one, and must read it."""
    key = scratch / "key"
    key.write_text(secrets.token_hex(32), encoding="ascii")
    key.chmod(0o644)
    return key
