"""What a Bento is, by its content: one digest over names, modes and bytes; an archive whose bytes depend on nothing else.

The wheels of other people's packages do not count in the digest: ``requirements.txt``, which counts, names each by version and hash,
and pip refuses any other. So a Bento is the same whether its builder had a wheelhouse or not.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

from wardround.errors import GovernanceFinding
from wardround.files import replacing, sha256_file, sha256_json

#: Below a Bento: wheels of other people's packages, for a build without an index.
WHEELHOUSE = "wheelhouse"
#: The most that an archive may unpack to, in bytes. Project choice.
MOST = 8 << 30


def digest(directory: Path) -> str:
    """The content digest of a Bento's directory. Times, owners and the wheelhouse do not count."""
    return sha256_json([[name, sha256_file(directory / name)] for name in _names(directory) if not _is_wheel(name)])


def pack(directory: Path, archive: Path) -> None:
    """Writes the directory as a tar: sorted names, no times, no owners, plain modes."""
    with replacing(archive) as temporary, tarfile.open(temporary, "w", format=tarfile.PAX_FORMAT) as tar:
        for name in _names(directory):
            entry = tarfile.TarInfo(name)
            entry.size = (directory / name).stat().st_size
            entry.mode = 0o644
            with (directory / name).open("rb") as stream:
                tar.addfile(entry, stream)


def unpack(archive: Path, directory: Path, wanted: str) -> None:
    """Unpacks a Bento into ``directory`` and compares its content with the digest ``wanted``.

    Raises :class:`GovernanceFinding` when the archive holds anything but plain files, is too large, or has another content.
    """
    with replacing(directory) as temporary:
        temporary.mkdir()
        try:
            with tarfile.open(archive) as tar:
                _check(tar)
                tar.extractall(temporary, filter="data")
        except (tarfile.TarError, EOFError) as error:
            raise _another("the archive of the Bento cannot be read", archive, type(error).__name__) from error
        found = digest(temporary)
        if found != wanted:
            raise GovernanceFinding(
                "the Bento is not the one that was released",
                where=str(archive),
                wanted=wanted,
                found=found,
                next="find out who changed it; release the version's commit again",
            )


def _check(tar: tarfile.TarFile) -> None:
    size = 0
    for entry in tar:
        if not entry.isfile():
            raise _another("the archive of the Bento holds something that is no file", Path(str(tar.name)), entry.name)
        size += entry.size
        if size > MOST:
            raise _another("the archive of the Bento is too large", Path(str(tar.name)), f"more than {MOST} bytes")


def _another(what: str, archive: Path, found: str) -> GovernanceFinding:
    return GovernanceFinding(what, where=str(archive), found=found, next="release the version's commit again")


def _names(directory: Path) -> list[str]:
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())


def _is_wheel(name: str) -> bool:
    return name.startswith(WHEELHOUSE + "/")
