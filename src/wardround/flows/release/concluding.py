"""The end of a release: its files into the storage, then the tag, then the version's own names for the files. Each step once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import UsageError
from wardround.flows.ledger.registering import decided, released
from wardround.flows.release import keeping, registering, reviewed

if TYPE_CHECKING:
    from wardround.flows.ledger.desk import LedgerDesk
    from wardround.flows.release.candidate import Candidate
    from wardround.registry.entries import Version
    from wardround.registry.record import VersionRecord
    from wardround.registry.writing import Place as Tags
    from wardround.storage.place import Place as Store


def keep(store: Store, files: Mapping[str, Path], ready: Candidate) -> None:
    """Everything that the tag will name is in the storage, under its digest, before there is a tag."""
    keeping.keep(store, files, ready.record)


def conclude(
    tags: Tags,
    store: Store,
    ready: Candidate,
    ledger: LedgerDesk | None = None,
    reviews: reviewed.Reviews = reviewed.Reviews(note="the forge was not asked"),  # noqa: B008 - it cannot be changed
) -> Version:
    """The tag, and then the version's names for its files. The ledger is told of the decision and of the ``reviews`` before the tag.

    Two releases of one commit make the same Bento and two smoke tests: who comes second finds the first one's version, and leaves it.
    Raises :class:`Taken` when another commit took the version, :class:`EnvironmentFailure` when the storage lacks what the tag would name.
    """
    keeping.require(store, ready.record)
    lines: tuple[str, ...] = ()
    if ledger is not None:
        decided(ledger, ready.project, ready.record, _decision(store))
        lines = ledger.lines(reviewed.record(ledger, ready.project, ready.record.commit, reviews))
    try:
        there = registering.make(tags, ready, lines)
    except UsageError:
        found = registering.state(tags, ready.project).of_commit(ready.record.commit)
        if found is None or not _same_contents(found.record, ready.record):
            raise
        there = found
    keeping.heal(store, there.version, there.record)
    if ledger is not None:
        released(ledger, ready.project, there)
    return there


def _decision(store: Store) -> Callable[[str], bytes | None]:
    return lambda digest: store.read(keeping.object_of(digest, "decision.json"))


def _same_contents(one: VersionRecord, other: VersionRecord) -> bool:
    """Whether two records are of the same thing, tested twice."""
    names = ("commit", "model", "service", "contract", "environment")
    return all(getattr(one, name) == getattr(other, name) for name in names)
