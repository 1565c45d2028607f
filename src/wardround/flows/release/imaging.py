"""The image of a Bento, where an engine is: built, handed to the smoke test, and only then kept or pushed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
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
    """An image on this machine. ``base`` is its base's digest; ``archive`` is set where no registry is to hold it."""

    local: str
    base: str
    archive: Path | None
    _bench: Bench
    _place: str
    _progress: Callable[[str], None]

    @contextlib.contextmanager
    def running(self) -> Iterator[Running]:
        """The image as a running container."""
        with self._bench.engine.running(self.local, self._bench.base) as served:
            yield served

    def kept(self) -> str:
        """What the record says of it: place and digest, or the digest alone. Pushes it, where there is a registry: call it once it is known to answer.

        The digest is known only after the push, so it is pushed under a name that nobody else uses, and then gets the name of its digest.
        """
        if self.archive is not None:
            return oci.read(self.archive).digest
        self._progress(f"pushing to {self._place}")
        digest = self._bench.engine.push(self.local, self._place)
        self._bench.engine.name_by_digest(self.local, self._place, digest)
        return f"{self._place}@{digest}"


@contextlib.contextmanager
def image_of(bench: Bench, request: MakeRequest, built: Bento) -> Iterator[BuiltImage]:
    """Builds the image and checks what was built. The local image is removed at the end."""
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
            archive.unlink()
        place = f"{registry}/{name}" if registry else ""
        yield BuiltImage(local, bench.base.digest, None if registry else archive, bench, place, request.progress)
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
