"""The storage of releases: content-addressed objects first, then the version's own names for them, which any later run can set right.

``releases/NAME/objects/HEX/FILE`` never changes once written. ``releases/NAME/vX.Y.Z/FILE`` are copies for people and tools; where two releases
raced for one version, the loser may have written there last, so :func:`heal` compares them with what the tag says.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure
from wardround.files import sha256_bytes
from wardround.storage.place import Place, place

if TYPE_CHECKING:
    from wardround.registry.record import VersionRecord

#: What a version keeps -> which digest of its record names it. The Bento's is of its content, the image's of its manifest.
FILES = {
    "decision.json": "decision",
    "smoke.json": "smoke",
    "sbom.json": "sbom",
    "provenance.json": "provenance",
    "bento.tar": "bento",
}
#: There where no registry takes the image.
IMAGE = "image.tar"


def store(root: Path, remote: str | None, name: str) -> Place:
    """The storage of a project's releases, in the main store."""
    return place(root, remote, f"releases/{name}")


def named(record: VersionRecord) -> dict[str, str]:
    """File -> digest, of all that a version may have."""
    found = {file: str(getattr(record, field)) for file, field in FILES.items()}
    if record.image is not None and "@" not in record.image:
        found[IMAGE] = record.image
    return found


def keep(at: Place, files: Mapping[str, Path], record: VersionRecord) -> None:
    """Writes the files as objects. What is there already is not written again: its name is its content."""
    digests = named(record)
    for file, source in sorted(files.items()):
        if not at.has(object_of(digests[file], file)):
            at.put(source, object_of(digests[file], file))


def heal(at: Place, version: str, record: VersionRecord) -> tuple[str, ...]:
    """Sets right the files of a version that are missing or are another's; returns their names.

    Large files are compared by the note beside them, which is written last. Raises :class:`EnvironmentFailure` when an object is gone.
    """
    mended = []
    for file, digest in named(record).items():
        note = f"{version}/.{file}.digest"
        small = file.endswith(".json")
        content = at.read(f"{version}/{file}" if small else note)
        if content is not None and (sha256_bytes(content) if small else content.decode("ascii", "replace")) == digest:
            continue
        with tempfile.TemporaryDirectory(prefix="wardround-release-") as scratch:
            local = Path(scratch) / file
            if not at.fetch(object_of(digest, file), local):
                raise EnvironmentFailure(
                    f"the storage lacks {file} of {version}",
                    where=at.path,
                    wanted=digest,
                    next="find out who removed it; a copy may lie in the storage's own backup",
                )
            at.put(local, f"{version}/{file}")
            if not small:
                said = Path(scratch) / "note"
                said.write_text(digest, encoding="ascii")
                at.put(said, note)
        mended.append(file)
    return tuple(mended)


def fetch(at: Place, file: str, record: VersionRecord, to: Path) -> bool:
    """A file of a version by its digest, into ``to``; False when it is not there. Whoever uses it checks it against the record."""
    return at.fetch(object_of(named(record)[file], file), to)


def object_of(digest: str, file: str) -> str:
    """Where a file of that digest lies."""
    return f"objects/{digest.removeprefix('sha256:')}/{file}"


def require(at: Place, record: VersionRecord) -> None:
    """Raises :class:`EnvironmentFailure` when an object of a version is not in the storage."""
    missing = [file for file, digest in named(record).items() if not at.has(object_of(digest, file))]
    if missing:
        raise EnvironmentFailure(
            f"the storage lacks what the release names: {', '.join(missing)}",
            where=at.path,
            next="prepare the release again: wardround release --prepare FILE",
        )
