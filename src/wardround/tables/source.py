"""What is to be read: a file, a glob or any fsspec URL, and the files behind it in a fixed order."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardround.errors import EnvironmentFailure, UsageError


@dataclass(frozen=True)
class TableSource:
    """A raw table.

    ``path`` is a file, a glob or an fsspec URL; a relative local path starts at ``root``. ``encoding`` and ``separator``
    of CSV text are sniffed when they are None, and otherwise binding. ``batch_rows`` bounds memory for Parquet,
    ``block_bytes`` for CSV (and is the largest record that CSV may hold).
    """

    path: str
    encoding: str | None = "utf-8"
    separator: str | None = ","
    root: Path = Path()
    batch_rows: int = 65_536
    block_bytes: int = 1 << 23


@dataclass(frozen=True)
class SourceFile:
    """One file behind a source. ``filesystem`` is an fsspec file system, ``name`` what messages call the file."""

    filesystem: Any
    path: str
    name: str

    def open(self) -> Any:
        """A seekable binary stream; storage that does not answer is an explained failure."""
        try:
            return self.filesystem.open(self.path, "rb")
        except FileNotFoundError as error:
            raise UsageError("the file is not there", where=self.name) from error
        except Exception as error:
            raise unreachable(self.name, error) from error


def unreachable(name: str, error: Exception) -> EnvironmentFailure:
    """The failure of storage or of the library that speaks to it. The error's own text may hold credentials: left out."""
    reason = getattr(error, "strerror", None) or type(error).__name__
    return EnvironmentFailure(
        f"the data cannot be reached: {reason}",
        where=name,
        next="check the address, the network and the credentials; `wardround doctor` says what this machine lacks",
    )


def find_files(source: TableSource) -> tuple[SourceFile, ...]:
    """The files behind ``source``, sorted by path, so that the order is the same on every machine.

    Raises :class:`UsageError` when there is none, with the nearest names beside a missing file.
    """
    if "://" not in source.path:
        return _local_files(source)
    from fsspec.core import url_to_fs

    try:
        filesystem, path = url_to_fs(source.path)
    except ImportError as error:
        protocol = source.path.split("://", 1)[0]
        raise EnvironmentFailure(
            f"no installed library reads {protocol}:// addresses",
            where=without_secrets(source.path),
            next="install the one that fsspec names: `python -m pip install "
            + {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "az": "adlfs", "sftp": "paramiko"}.get(
                protocol, "fsspec[full]"
            )
            + "`",
        ) from error
    except ValueError as error:
        raise UsageError("the address is not one that fsspec knows", where=without_secrets(source.path)) from error
    try:
        paths = sorted(filesystem.glob(path)) if _is_glob(path) else [path]
        if not _is_glob(path) and not filesystem.exists(path):
            paths = []
        paths = [item for item in paths if not filesystem.isdir(item)]
    except Exception as error:
        raise unreachable(without_secrets(source.path), error) from error
    if not paths:
        raise _nothing_found(without_secrets(source.path), glob=_is_glob(path))
    return tuple(SourceFile(filesystem, item, item.rsplit("/", 1)[-1]) for item in paths)


def _local_files(source: TableSource) -> tuple[SourceFile, ...]:
    from fsspec.implementations.local import LocalFileSystem

    filesystem = LocalFileSystem()
    exact = source.root / Path(source.path).expanduser()
    if exact.is_file():
        return (SourceFile(filesystem, str(exact), source.path),)
    if exact.is_dir():
        raise UsageError(
            "the path is a directory",
            where=source.path,
            wanted="a file or a glob",
            next=f"write {source.path}/*.parquet",
        )
    if not _is_glob(source.path):
        near = difflib.get_close_matches(exact.name, _names_beside(exact), n=3, cutoff=0.6)
        raise _nothing_found(source.path, glob=False, near=near)
    paths = [Path(item) for item in sorted(filesystem.glob(str(exact)))]
    files = [path for path in paths if path.is_file()]
    if not files:
        raise _nothing_found(source.path, glob=True)
    return tuple(SourceFile(filesystem, str(path), path.name) for path in files)


def _names_beside(path: Path) -> list[str]:
    return sorted(item.name for item in path.parent.iterdir()) if path.parent.is_dir() else []


def _is_glob(path: str) -> bool:
    return any(character in path for character in "*?[")


def without_secrets(url: str) -> str:
    """The address without user, password and query."""
    protocol, rest = url.split("://", 1)
    host, slash, path = rest.partition("/")
    return f"{protocol}://{host.rsplit('@', 1)[-1]}{slash}{path.split('?', 1)[0] if '*' not in path else path}"


def _nothing_found(name: str, *, glob: bool, near: list[str] | None = None) -> UsageError:
    return UsageError(
        "no file matches the pattern" if glob else "the file is not there",
        where=name,
        wanted="at least one file",
        next=f"did you mean {' or '.join(near)}?" if near else "correct data.path in params.yaml",
    )
