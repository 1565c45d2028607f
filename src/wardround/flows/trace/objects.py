"""Files by their digest, as far as they are on this machine: DVC's cache, and remotes that are directories. Nothing is asked of the network."""

from __future__ import annotations

import configparser
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from wardround.files import sha256_bytes

_SECTION = re.compile(r"""['"]?remote\s+"(?P<name>[^"]+)"['"]?""")


@dataclass(frozen=True)
class Kept:
    """A file that is here and is what its digest says; or nothing, where ``other`` says that one of its name is here and is not."""

    content: bytes | None = None
    other: bool = False


@dataclass(frozen=True)
class Objects:
    """What is kept for the project ``name`` in ``root``. ``remote`` is the DVC remote of params; None: the default one."""

    root: Path
    name: str
    remote: str | None = None

    def released(self, digest: str, file: str) -> Kept:
        """A file of a release."""
        place = f"releases/{self.name}/objects/{digest.removeprefix('sha256:')}/{file}"
        return _first((store / place for store in self._stores), lambda content: sha256_bytes(content) == digest)

    def cached(self, md5: str) -> Kept:
        """A file of the pipeline by DVC's hash."""
        if re.fullmatch(r"[0-9a-f]{32}(?:\.dir)?", md5) is None:
            return Kept()
        places = (
            place / "files" / "md5" / md5[:2] / md5[2:] for place in (self.root / ".dvc" / "cache", *self._stores)
        )
        # DVC's own hash: it finds the file, and git's commit names it
        return _first(places, lambda content: hashlib.md5(content, usedforsecurity=False).hexdigest() == md5[:32])

    @cached_property
    def _stores(self) -> tuple[Path, ...]:
        """The remote as a directory; nothing where it is somewhere else."""
        config = configparser.ConfigParser(interpolation=None)
        for file in ("config", "config.local"):
            try:
                config.read_string(_text(self.root / ".dvc" / file))
            except configparser.Error:
                continue
        wanted = self.remote or config.get("core", "remote", fallback="")
        for section in config.sections():
            match = _SECTION.fullmatch(section)
            if match is None or match["name"] != wanted:
                continue
            url = config.get(section, "url", fallback="").removeprefix("file://")
            if url and "://" not in url:
                return ((self.root / ".dvc" / url).resolve(),)
        return ()


def _first(places: Iterable[Path], right: Callable[[bytes], bool]) -> Kept:
    found = [content for place in places if (content := _read(place)) is not None]
    good = next((content for content in found if right(content)), None)
    return Kept(good, other=good is None and bool(found))


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _text(path: Path) -> str:
    """A configuration file as Python's reader takes it: DVC indents keys."""
    content = _read(path)
    return (
        "" if content is None else "\n".join(line.strip() for line in content.decode("utf-8", "replace").splitlines())
    )
