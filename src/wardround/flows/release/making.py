"""From a passing commit to everything that a version consists of: Bento, image, list of parts, smoke evidence, provenance."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.files import sha256_bytes, sha256_file, write_bytes
from wardround.flows.card.run import of_release
from wardround.flows.release import keeping, model
from wardround.registry.record import VersionRecord
from wardround.release import bento, content, direct, provenance, sbom, signing
from wardround.release.smoke import SmokeRequest, smoke

if TYPE_CHECKING:
    from wardround.flows.release.imaging import BuiltImage
    from wardround.flows.release.trusted import Clone
    from wardround.release.digests import Digests


@dataclass(frozen=True)
class MakeRequest:
    """What is to be made. ``previous`` is the latest version; ``reason`` says why there is another one; ``place`` is scratch.

    ``builder`` and ``repository`` are for the provenance.
    """

    clone: Clone
    version: str
    previous: str | None
    reason: str
    digests: Digests
    place: Path
    builder: str
    repository: str
    key: signing.Key
    progress: Callable[[str], None]
    requirements: tuple[str, ...]
    wheels: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Made:
    """The record of the version to be, and its files by name."""

    record: VersionRecord
    files: Mapping[str, Path]


def build(request: MakeRequest) -> bento.Bento:
    """The Bento of the clone's commit."""
    project = request.clone.project
    name, digests = project.params.project.name, request.digests
    return bento.build(
        bento.BentoRequest(
            project=project.root,
            model=project.layout.model,
            name=name,
            version=request.version,
            release={
                "project": name,
                "version": request.version,
                "commit": request.clone.commit,
                "model": digests.model,
                "service": digests.service,
                "contract": digests.contract,
                "environment": digests.environment,
                "card": "/card",
            },
            requirements=request.requirements,
            wheels=request.wheels,
            cards=of_release(project, request.clone.commit, request.version),
        ),
        request.place / "bento",
    )


def test(request: MakeRequest, built: bento.Bento, tried: model.Tried, image: BuiltImage | None) -> Made:
    """Smoke-tests the image, or the Bento itself, then pushes it; lists its parts; signs where it comes from. The files lie in the scratch directory."""
    project, out = request.clone.project, request.place / "files"
    name, digests = project.params.project.name, request.digests
    out.mkdir()
    # before anything runs it: a service that is served from its directory could leave files there
    content.pack(built.directory, out / "bento.tar")
    request.progress("smoke test")
    with image.running() if image else direct.running(built.directory) as served:
        listed = json.loads(served.client(sbom.LISTING, "{}"))
        asked = SmokeRequest(
            project=name,
            version=request.version,
            commit=request.clone.commit,
            bento=built.digest,
            golden=tried.golden,
            limit=tried.limit,
            latency_ms=project.params.release.latency_ms,
        )
        seen = smoke(asked, served)
    reference = image.kept() if image else None
    seen = seen.model_copy(update={"image": reference})
    data = f"md5:{request.clone.lock.digest('data/snapshot')}"
    parts = sbom.make(
        sbom.SbomRequest(name, request.version, listed, request.requirements, image is not None, digests.model, data)
    )
    write_bytes(out / "sbom.json", parts)
    seen.write(out / "smoke.json")
    shutil.copyfile(project.layout.evidence("decision"), out / "decision.json")
    subjects = {
        "bento": built.digest,
        "sbom": sha256_bytes(parts),
        "smoke": sha256_file(out / "smoke.json"),
        "decision": sha256_file(out / "decision.json"),
        **({"image": reference.rpartition("@")[2]} if reference else {}),
    }
    said = provenance.statement(
        provenance.Made(
            project=name,
            version=request.version,
            commit=request.clone.commit,
            repository=request.repository,
            builder=request.builder,
            subjects=subjects,
            materials={
                "model": digests.model,
                "service": digests.service,
                "contract": digests.contract,
                "environment": digests.environment,
                "data/snapshot": data,
                **({"base image": image.base} if image else {}),
            },
        )
    )
    write_bytes(out / "provenance.json", signing.sign(said, request.key))
    record = VersionRecord(
        commit=request.clone.commit,
        model=digests.model,
        service=digests.service,
        contract=digests.contract,
        environment=digests.environment,
        decision=subjects["decision"],
        bento=built.digest,
        image=reference,
        sbom=subjects["sbom"],
        provenance=sha256_file(out / "provenance.json"),
        smoke=subjects["smoke"],
        smoke_network=seen.network,
        previous=request.previous,
        reason=request.reason,
    )
    files = {path.name: path for path in sorted(out.iterdir())}
    return Made(record, {**files, **({keeping.IMAGE: image.archive} if image and image.archive else {})})
