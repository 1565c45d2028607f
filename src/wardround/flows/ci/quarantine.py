"""The quarantine: the remote for what pull requests make. The main store is only ever read here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, UsageError
from wardround.flows.review.references import NOT_COMPARABLE, Reference
from wardround.revision.dvc import Dvc
from wardround.revision.lock import Lock, missing_objects

if TYPE_CHECKING:
    from pathlib import Path

#: What a comparison may ask of base or anchor.
_COMPARED = (
    "data/snapshot",
    "data/split.parquet",
    "data/scores.parquet",
    "models/model",
    "reports/features.json",
    "reports/profile.json",
)


@dataclass(frozen=True)
class Stores:
    """The remotes of a project by name. ``main`` is None where none is set, ``quarantine`` None where DVC does not know it.

    ``counts``: the base lets the App commit the lock, so that objects in quarantine count as well.
    """

    root: Path
    main: str | None
    quarantine: str | None
    counts: bool

    @property
    def counting(self) -> str | None:
        """The remote whose objects count beside the main store's, if any."""
        return self.quarantine if self.counts else None


def stores(root: Path, main: str | None, quarantine: str, *, counts: bool) -> Stores:
    """The stores as ``.dvc/config`` names them.

    Raises :class:`UsageError` when the App commits the lock and there is no quarantine, or when it would be the main store itself.
    """
    lines = (line.partition(" ") for line in Dvc(root).remotes().splitlines())
    addresses = {name: url.rstrip("/") for name, _, url in lines if name}
    address = addresses.get(quarantine)
    if address is None:
        if not counts:
            return Stores(root, main, None, counts)
        raise UsageError(
            f"DVC knows no remote {quarantine!r}",
            where=".dvc/config",
            wanted="a remote for what pull requests make: forge.lock is app",
            next=f"dvc remote add {quarantine} URL, for instance the main store's URL and /quarantine",
        )
    if main is not None and address == addresses.get(main):
        raise UsageError(
            "the quarantine is the main store itself",
            where=f".dvc/config: remote {quarantine}",
            wanted="another URL: what a pull request makes must not reach the main store",
            next=f"dvc remote modify {quarantine} url URL",
        )
    return Stores(root, main, quarantine, counts)


def bring(place: Stores, lock: Lock, references: Sequence[Reference], progress: Callable[[str], None]) -> None:
    """Puts what only the quarantine holds into the cache: of the head's lock, and what a comparison needs of base and anchor.

    An object that is in neither store is no failure here: the stage runs again, or the comparison says that it cannot be made.
    Raises EnvironmentFailure when the main store does not answer.
    """
    if place.main is None or place.quarantine is None:
        return
    if absent := missing_objects(place.root, lock, place.main):
        progress(f"looking in {place.quarantine} for what {place.main} lacks")
        Dvc(place.root).call("fetch", "--remote", place.quarantine, *absent)
    for reference in references:
        absent = missing_objects(place.root, reference.lock, place.main)
        wanted = [path for path in _COMPARED if path in absent]
        if not wanted:
            continue
        try:
            Dvc(reference.program.root).call("fetch", "--remote", place.quarantine, *wanted)
        except NOT_COMPARABLE:  # the comparison meets it again, and words it
            continue


def keep(place: Stores, lock: Lock, progress: Callable[[str], None]) -> tuple[str, ...]:
    """Pushes what the run made and the main store lacks to quarantine; returns the paths. The run-cache stays here.

    Where the base lets the App commit the lock, a quarantine that does not take it is an EnvironmentFailure: the lock could not be
    committed. Otherwise authors push their own results, and a line says what did not work.
    """
    if place.quarantine is None:
        return ()
    made = tuple(path for path, digest in sorted(lock.outputs.items()) if digest)
    absent = made if place.main is None else missing_objects(place.root, lock, place.main)
    if not absent:
        return ()
    progress(f"pushing what the run made to {place.quarantine}")
    try:
        Dvc(place.root).require(
            "push", "--remote", place.quarantine, *absent, doing=f"push to the remote {place.quarantine}"
        )
    except EnvironmentFailure as error:
        if place.counts:
            raise
        progress(f"not kept: {error.problems[0].what}")
        return ()
    return absent
