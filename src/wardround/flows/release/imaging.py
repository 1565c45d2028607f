"""The image of a Bento, where an engine is: built, kept or pushed, and handed to the smoke test by its digest."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import GovernanceFinding
from wardround.flows.release import supplies
from wardround.release import image, oci

if TYPE_CHECKING:
    from wardround.flows.release.making import MakeRequest
    from wardround.release.bento import Bento
    from wardround.release.engine import BaseImage, Engine
    from wardround.release.smoke import Running


@dataclass(frozen=True)
class Bench:
    """An engine with a base that is here."""

    engine: Engine
    base: BaseImage


@dataclass(frozen=True)
class BuiltImage:
    """An image on this machine. ``reference`` is what the record says: place and digest, or the digest alone; ``base`` its base's digest.

    ``archive`` is set where no registry holds it.
    """

    local: str
    reference: str
    base: str
    archive: Path | None
    _bench: Bench

    @contextlib.contextmanager
    def running(self) -> Iterator[Running]:
        """The image as a running container."""
        with self._bench.engine.running(self.local, self._bench.base) as served:
            yield served

    def named(self) -> None:
        """In a registry: the name of its digest, once it is known to answer."""
        place, _, digest = self.reference.rpartition("@")
        if place:
            self._bench.engine.name_by_digest(self.local, place, digest)


@contextlib.contextmanager
def image_of(bench: Bench, request: MakeRequest, built: Bento) -> Iterator[BuiltImage]:
    """Builds the image, checks what was built, and pushes it or writes its archive. The local image is removed at the end."""
    engine, project = bench.engine, request.clone.project
    name = project.params.project.name
    source = request.repository.removeprefix("git+")
    context = request.place / "image"
    told = image.labels(
        project=name,
        version=request.version,
        commit=request.clone.commit,
        source=source if source.startswith("https://") else "",
        bento=built.digest,
    )
    image.lay_out(image.ImageRequest(built.directory, bench.base.name, request.requirements, told), context)
    request.progress(f"building the image with {engine.name}")
    local = engine.build(context, bench.base)
    try:
        archive = request.place / "image.tar"
        request.progress("saving the image")
        engine.save(local, archive)
        _check(oci.read(archive), told)
        if registry := project.params.release.registry:
            place = f"{registry}/{name}"
            request.progress(f"pushing to {place}")
            reference = f"{place}@{engine.push(local, place)}"
            archive.unlink()
            yield BuiltImage(local, reference, bench.base.digest, None, bench)
        else:
            yield BuiltImage(local, oci.read(archive).digest, bench.base.digest, archive, bench)
    finally:
        engine.remove(local)


def _check(made: oci.OciImage, told: dict[str, str]) -> None:
    """The image must be for this machine, run as its own user, and be of this Bento: an older one would say another digest."""
    oci.check_architecture(made, supplies.processor())
    wrong = [name for name, value in told.items() if made.labels.get(name) != value]
    if wrong or made.user != f"{image.USER}:{image.USER}":
        raise GovernanceFinding(
            "the engine built another image than it was asked for",
            wanted=f"user {image.USER}, and the labels of this release",
            found=", ".join(wrong) or f"user {made.user!r}",
            next="look at the engine's configuration: something replaces images",
        )
