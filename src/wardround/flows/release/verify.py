"""Whether what the storage keeps of a version is what its tag says, and who says where it comes from."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, GovernanceFinding, Problem, WardroundError
from wardround.evidence.base import read
from wardround.evidence.decision import Decision
from wardround.evidence.smoke import SmokeEvidence
from wardround.files import sha256_file
from wardround.flows.release import keeping
from wardround.registry.record import image_digest
from wardround.release import content, oci, provenance, signing
from wardround.release.bento import RELEASE, SRC
from wardround.release.digests import model_digest
from wardround.values import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.registry.record import VersionRecord
    from wardround.storage.place import Place


@dataclass(frozen=True)
class VerifyRequest:
    """A version of a project, its record as the tag says it, and where its files are.

    ``keys`` are the PEM blocks of the public keys that count; None: nobody's signature is asked for, and that is said. ``architecture`` is
    what the image must be built for, as OCI writes it; empty: any.
    """

    project: str
    version: str
    record: VersionRecord
    store: Place
    keys: bytes | None = None
    architecture: str = ""


@dataclass(frozen=True)
class Verified:
    """What was looked at. ``signed_by`` is the key's id; empty when no key is trusted here."""

    files: tuple[str, ...]
    signed_by: str = ""


def verify(request: VerifyRequest) -> Verified:
    """Compares every file with the record, and the files with each other.

    Raises :class:`GovernanceFinding` that lists all that is wrong, :class:`EnvironmentFailure` when a file is not there.
    """
    with tempfile.TemporaryDirectory(prefix="wardround-verify-") as scratch:
        place = Path(scratch)
        files = _fetched(request, place)
        problems = list(_problems(request, place))
        signed_by = ""
        if request.keys is not None:
            try:
                signed_by = _provenance(request, place, request.keys)
            except WardroundError as error:
                problems += error.problems
    if problems:
        raise GovernanceFinding(problems=problems)
    return Verified(files, signed_by)


def _fetched(request: VerifyRequest, place: Path) -> tuple[str, ...]:
    files = tuple(keeping.named(request.record))
    missing = [file for file in files if not keeping.fetch(request.store, file, request.record, place / file)]
    if missing:
        raise EnvironmentFailure(
            f"the storage lacks {', '.join(missing)} of {request.version}",
            where=request.store.path,
            next="find out who removed it; a copy may lie in the storage's own backup",
        )
    return files


def _problems(request: VerifyRequest, place: Path) -> Iterator[Problem]:
    record = request.record
    for file, digest in keeping.named(record).items():
        if file.endswith(".json") and sha256_file(place / file) != digest:
            yield _problem(f"{file} is not the one that the tag names", file)
    yield from _bento_problems(request, place)
    yield from _evidence_problems(request, place)
    if (place / keeping.IMAGE).is_file():
        yield from _image_problems(request, place / keeping.IMAGE)


def _bento_problems(request: VerifyRequest, place: Path) -> Iterator[Problem]:
    record, unpacked = request.record, place / "bento"
    try:
        content.unpack(place / "bento.tar", unpacked, record.bento)
        told = json.loads((unpacked / SRC / RELEASE).read_bytes())
    except GovernanceFinding as error:
        yield from error.problems
        return
    except (OSError, ValueError):
        yield _problem("the Bento does not say which version it is", RELEASE)
        return
    wanted = {"project": request.project, "version": request.version, "commit": record.commit, "model": record.model}
    if not isinstance(told, dict) or any(told.get(key) != value for key, value in wanted.items()):
        yield _problem("the Bento is of another version", RELEASE)
    if model_digest(unpacked / SRC / "models" / "model") != record.model:
        yield _problem("the model in the Bento is not the one that the tag names", "models/model")


def _evidence_problems(request: VerifyRequest, place: Path) -> Iterator[Problem]:
    record = request.record
    smoke = read(SmokeEvidence, place / "smoke.json").value
    about = (request.project, request.version, record.commit, record.bento, image_digest(record.image))
    if smoke is None or about != (
        smoke.project,
        smoke.version,
        smoke.commit,
        smoke.bento,
        image_digest(smoke.image),
    ):
        yield _problem("the smoke evidence is of another release", "smoke.json")
    decision = read(Decision, place / "decision.json").value
    if decision is None or (decision.project, decision.head_commit) != (request.project, record.commit):
        yield _problem("the decision is about another commit", "decision.json")
    elif decision.verdict is not Verdict.PASS:
        yield _problem("the decision is no pass", "decision.json")


def _image_problems(request: VerifyRequest, archive: Path) -> Iterator[Problem]:
    try:
        found = oci.read(archive)
    except GovernanceFinding as error:
        yield from error.problems
        return
    if found.digest != image_digest(request.record.image):
        yield _problem("the image is not the one that the tag names", keeping.IMAGE)
    if found.labels.get("wardround.bento") != request.record.bento:
        yield _problem("the image is of another Bento", keeping.IMAGE)
    if request.architecture and found.architecture != request.architecture:
        yield Problem(
            "the image is for another processor",
            where=keeping.IMAGE,
            wanted=request.architecture,
            found=found.architecture,
            next="release on a base for that processor: release.base_image in params.yaml",
        )


def _provenance(request: VerifyRequest, place: Path, keys: bytes) -> str:
    record, trusted = request.record, signing.trusted_keys(keys)
    envelope = (place / "provenance.json").read_bytes()
    said = signing.opened(envelope, trusted)
    subjects = {
        "bento": record.bento,
        "sbom": record.sbom,
        "smoke": record.smoke,
        "decision": record.decision,
        **({"image": digest} if (digest := image_digest(record.image)) else {}),
    }
    provenance.check(said, project=request.project, commit=record.commit, subjects=subjects)
    return next(str(item["keyid"]) for item in json.loads(envelope)["signatures"] if item["keyid"] in trusted)


def _problem(what: str, where: str) -> Problem:
    return Problem(what, where=where, next="find out who changed it; release the version's commit again")
