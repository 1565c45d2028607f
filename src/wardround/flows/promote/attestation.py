"""Whether what a version's tag names is what was released: the signed provenance and the decision, from the trusted store."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import Problem, WardroundError
from wardround.files import sha256_bytes
from wardround.registry.record import image_digest

if TYPE_CHECKING:
    from wardround.registry.entries import Version
    from wardround.storage.place import Place

#: Reads a file of the project as the default branch had it before the change that is looked at.
Reader = Callable[[str], bytes | None]
#: In the project, or at the repository's top.
KEYS = "governance/release.pub"


@dataclass(frozen=True)
class Attestor:
    """Checks versions of the project ``name``. ``remote`` is where releases are kept; ``root`` has its ``.dvc/config``."""

    root: Path
    name: str
    remote: str | None

    def problems(self, version: Version, read: Reader) -> tuple[Problem, ...]:
        """What is wrong, nothing when all is well. Raises :class:`EnvironmentFailure` when the store does not answer."""
        from wardround.flows.release import keeping

        at = keeping.store(self.root, self.remote, self.name)
        return (*self._provenance(at, version, read), *_decision(at, version))

    def _provenance(self, at: Place, version: Version, read: Reader) -> tuple[Problem, ...]:
        from wardround.release import provenance, signing

        content, problems = _kept(at, version, "provenance.json", version.record.provenance)
        if content is None:
            return problems
        keys = read(KEYS)
        if keys is None:
            return (
                Problem(
                    "nobody can check who released this version",
                    where=KEYS,
                    wanted="the public keys whose signatures count",
                    next="commit the key by a pull request: wardround release --public-key",
                ),
            )
        record = version.record
        subjects = {"bento": record.bento, "sbom": record.sbom, "smoke": record.smoke, "decision": record.decision}
        if digest := image_digest(record.image):
            subjects["image"] = digest
        try:
            said = signing.opened(content, signing.trusted_keys(keys))
            provenance.check(said, project=self.name, commit=record.commit, subjects=subjects)
        except WardroundError as error:
            if error.exit_code == 3:
                raise
            return tuple(error.problems)
        return ()


def _decision(at: Place, version: Version) -> tuple[Problem, ...]:
    """A promotion needs a decision, and one that lets the version pass."""
    content, problems = _kept(at, version, "decision.json", version.record.decision)
    if content is None:
        return problems
    try:
        verdict = json.loads(content).get("verdict")
    except (ValueError, AttributeError):
        verdict = None
    if verdict == "pass":
        return ()
    return (
        Problem(
            "the decision that the version names does not let it pass",
            where=f"releases: {version.version}/decision.json",
            wanted="verdict: pass",
            found=f"verdict: {verdict!r}"[:80],
        ),
    )


def _kept(at: Place, version: Version, file: str, digest: str) -> tuple[bytes | None, tuple[Problem, ...]]:
    """A small file of a release, if it is the one that the tag names."""
    where = f"releases: {version.version}/{file}"
    content = at.read(f"{version.version}/{file}")
    if content is None:
        return None, (Problem("the release's file is gone", where=where, wanted=digest),)
    if sha256_bytes(content) != digest:
        return None, (
            Problem(
                "the release's file is another than the version's tag names",
                where=where,
                wanted=digest,
                found=sha256_bytes(content),
                next="find out who changed it; `wardround release` on that commit sets copies right",
            ),
        )
    return content, ()
