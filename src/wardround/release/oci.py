"""An image in an OCI archive: its digest is that of its manifest, and every blob in it must be the one that is named."""

from __future__ import annotations

import hashlib
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardround.errors import EnvironmentFailure, GovernanceFinding

_BLOBS = "blobs/sha256/"
#: Manifests and configurations are small; more is an attack on who reads them.
_SMALL = 4 << 20


@dataclass(frozen=True)
class OciImage:
    """What an archive holds. ``digest`` is the manifest's; ``layers`` the digests of the layers, uncompressed, in order."""

    digest: str
    architecture: str
    layers: tuple[str, ...]
    labels: dict[str, str]
    user: str


def read(archive: Path) -> OciImage:
    """The one image of an archive, after a check of every blob against its name.

    Raises :class:`GovernanceFinding` when a blob is another than its name says, or the archive holds no single image.
    """
    try:
        with tarfile.open(archive) as tar:
            blobs = {entry.name.removeprefix("./"): entry for entry in tar if entry.isfile()}
            _check_blobs(tar, blobs)
            index = _json(tar, blobs, "index.json")
            (named,) = index["manifests"]
            manifest = _blob(tar, blobs, named["digest"])
            for part in (manifest["config"], *manifest["layers"]):
                if _BLOBS + part["digest"].removeprefix("sha256:") not in blobs:
                    raise _damaged(archive, "a part of the image is not in it")
            config = _blob(tar, blobs, manifest["config"]["digest"])
            return OciImage(
                digest=str(named["digest"]),
                architecture=str(config["architecture"]),
                layers=tuple(config["rootfs"]["diff_ids"]),
                labels=dict(config.get("config", {}).get("Labels") or {}),
                user=str(config.get("config", {}).get("User", "")),
            )
    except (tarfile.TarError, OSError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _damaged(archive, type(error).__name__) from error


def check_architecture(image: OciImage, wanted: str) -> None:
    """Refuses an image for another processor than ``wanted``, as OCI writes it (``amd64``)."""
    if image.architecture != wanted:
        raise EnvironmentFailure(
            "the image is for another processor",
            wanted=wanted,
            found=image.architecture,
            next="build it on a base for that processor: release.base_image in params.yaml",
        )


def _check_blobs(tar: tarfile.TarFile, blobs: dict[str, tarfile.TarInfo]) -> None:
    for name, entry in blobs.items():
        if not name.startswith(_BLOBS):
            continue
        stream = tar.extractfile(entry)
        assert stream is not None
        found = hashlib.sha256()
        while block := stream.read(1 << 20):
            found.update(block)
        if found.hexdigest() != name.removeprefix(_BLOBS):
            raise _damaged(Path(str(tar.name)), "a part of it is not the one that its name says")


def _blob(tar: tarfile.TarFile, blobs: dict[str, tarfile.TarInfo], digest: str) -> Any:
    return _json(tar, blobs, _BLOBS + digest.removeprefix("sha256:"))


def _json(tar: tarfile.TarFile, blobs: dict[str, tarfile.TarInfo], name: str) -> Any:
    entry = blobs[name]
    stream = tar.extractfile(entry)
    if stream is None or entry.size > _SMALL:
        raise ValueError(name)
    return json.load(stream)


def _damaged(archive: Path, found: str) -> GovernanceFinding:
    return GovernanceFinding(
        "the image's archive is not the one that was released",
        where=str(archive),
        found=found,
        next="find out who changed it; release the version's commit again",
    )
