"""Whether what a version's tag names is what was released: its files in the trusted store, the signed provenance, the image."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, GovernanceFinding, Problem, WardroundError
from wardround.proc import Command, run
from wardround.registry.record import image_digest

if TYPE_CHECKING:
    from wardround.registry.entries import Version
    from wardround.storage.place import Place

#: Reads a file of the project, or else of the repository, as the default branch had it before the change that is looked at.
Reader = Callable[[str], bytes | None]
#: The public keys that count, as the default branch had them before the change.
KEYS = "governance/release.pub"
#: The workflow whose attestations count, where the forge keeps them.
WORKFLOW = ".github/workflows/release.yml"


@dataclass(frozen=True)
class Attestor:
    """Checks versions of the project ``name``, whose ``root`` has its ``.dvc/config``.

    ``remote`` is where releases are kept. ``repository`` (``owner/name``) is where the forge's own attestations of images are asked for too;
    empty: they are not.
    """

    root: Path
    name: str
    remote: str | None
    repository: str = ""

    def problems(self, version: Version, image: str | None, platform: str, read: Reader) -> tuple[Problem, ...]:
        """What is wrong, nothing when all is well. ``image`` is the version's as the stage names it, ``platform`` what it must be for.

        Raises :class:`EnvironmentFailure` when the store or the image's registry does not answer, or lacks a file.
        """
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
        found = list(self._released(version, keys, platform))
        if image is not None and "@" in image:
            found += self._image(image, platform)
        return tuple(found)

    def _released(self, version: Version, keys: bytes, platform: str) -> tuple[Problem, ...]:
        """What the storage keeps of the version is what its tag says."""
        from wardround.flows.release import keeping
        from wardround.flows.release.verify import VerifyRequest, verify

        at = keeping.store(self.root, self.remote, self.name)
        if problems := self._signed(at, version, keys):
            return problems  # nothing large is fetched for a record that nobody signed
        request = VerifyRequest(self.name, version.version, version.record, at, keys, platform.split("/")[1])
        try:
            verify(request)
        except EnvironmentFailure:
            raise
        except WardroundError as error:
            return tuple(error.problems)
        return ()

    def _signed(self, at: Place, version: Version, keys: bytes) -> tuple[Problem, ...]:
        """A trusted key has signed what the version's record says."""
        from wardround.flows.release import keeping
        from wardround.release import provenance, signing

        record = version.record
        names = ("bento", "sbom", "smoke", "decision")
        subjects = {name: str(getattr(record, name)) for name in names}
        if digest := image_digest(record.image):
            subjects["image"] = digest
        with tempfile.TemporaryDirectory(prefix="wardround-provenance-") as scratch:
            local = Path(scratch) / "provenance.json"
            if not keeping.fetch(at, local.name, record, local):
                raise EnvironmentFailure(
                    "the storage lacks the provenance of this version",
                    where=f"{at.path}: {version.version}",
                    wanted=record.provenance,
                    next="find out who removed it, or who made the version's tag",
                )
            try:
                said = signing.opened(local.read_bytes(), signing.trusted_keys(keys))
                provenance.check(said, project=self.name, commit=record.commit, subjects=subjects)
            except EnvironmentFailure:
                raise
            except WardroundError as error:
                return tuple(error.problems)
        return ()

    def _image(self, image: str, platform: str) -> tuple[Problem, ...]:
        """The image that a cluster would fetch is there, is the one of that digest, and runs on the stage's machines."""
        from wardround.deploy.registry_image import look

        try:
            look(image, platform)
        except GovernanceFinding as error:
            return tuple(error.problems)
        return self._attested(image) if self.repository else ()

    def _attested(self, image: str) -> tuple[Problem, ...]:
        """The forge's own attestation: made by the release's workflow and no other."""
        words = ["attestation", "verify", f"oci://{image}", "--repo", self.repository]
        done = run(Command(["gh", *words, "--signer-workflow", f"{self.repository}/{WORKFLOW}"], timeout=120))
        if done.ok:
            return ()
        return (
            Problem(
                "the forge's attestation of the image does not hold",
                where=image,
                wanted=f"one by {WORKFLOW}",
                found=" ".join(done.err.split())[-300:],
                next="find out where the image comes from; release the version's commit again",
            ),
        )
