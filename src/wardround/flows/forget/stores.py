"""Where DVC's objects are: this machine's cache and each remote. Objects are named by their MD5."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure
from wardround.storage.erasing import Erased, erase
from wardround.storage.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Where a remote keeps the salted index of subjects, and the tombstones.
INDEX, TOMBSTONES = "subjects", "tombstones"


@dataclass(frozen=True)
class Stores:
    """``cache`` is this machine's; ``remotes`` those that DVC's configuration names. ``home`` keeps index and tombstones: the first remote, else the cache's side."""

    cache: Place
    remotes: tuple[Place, ...]
    home: Place

    def read(self, md5: str) -> bytes | None:
        """An object's content from wherever it is; None where it is nowhere."""
        for place in (self.cache, *self.remotes):
            content = place.read(_name(md5))
            if content is not None:
                return content
        return None

    def has(self, md5: str) -> bool:
        """Whether any store has the object."""
        return any(place.has(_name(md5)) for place in (self.cache, *self.remotes))

    def erase(self, objects: Iterable[str]) -> tuple[Erased, Erased]:
        """Removes objects everywhere: from the cache, and from the remotes with every version."""
        cache, remotes = Erased(), Erased()
        for md5 in objects:
            remotes = sum((erase(place, _name(md5)) for place in self.remotes), remotes)
            cache += erase(self.cache, _name(md5))
        return cache, remotes


def _name(md5: str) -> str:
    return f"{md5[:2]}/{md5[2:]}"


def stores(root: Path, first: str | None) -> Stores:
    """The stores of a project; ``first`` is the main remote's name. :class:`EnvironmentFailure` when one cannot be opened."""
    from dvc.exceptions import DvcException
    from dvc.fs import LocalFileSystem
    from dvc.repo import Repo

    from wardround.revision.dvc import Dvc

    names = [line.partition(" ")[0] for line in Dvc(root).remotes().splitlines() if line.strip()]
    names.sort(key=lambda name: name != first)
    local = LocalFileSystem()
    try:
        with Repo(str(root)) as repo:
            cache = Place("cache", str(repo.cache.local.path), local)
            aside = Place("cache", str(Path(str(repo.tmp_dir)) / "wardround"), local)
            found = [repo.cloud.get_remote(name) for name in names]
            tops = [
                Place(name, str(remote.path).rstrip("/"), remote.fs) for name, remote in zip(names, found, strict=True)
            ]
    except (DvcException, OSError) as error:
        raise EnvironmentFailure(
            "a remote cannot be opened", where=".dvc/config", found=type(error).__name__
        ) from error
    remotes = tuple(Place(place.name, f"{place.path}/files/md5", place.fs) for place in tops)
    return Stores(cache, remotes, tops[0] if tops else aside)
