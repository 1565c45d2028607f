"""Writing to the ledger: each event once, whoever records it and however often, on top of all that is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, GovernanceFinding
from wardround.flows.ledger import looks
from wardround.flows.ledger.books import LEDGER
from wardround.flows.ledger.reading import anchors_of
from wardround.flows.records import CloneBranch, ForgeBranch, Moved, RecordBranch, has_origin
from wardround.ledger import DIRECTORY, Ledger, heads_line, looks_line, path_of
from wardround.ledger.entry import Entry, NewEntry, written
from wardround.ledger.verifying import joinable
from wardround.registry import tags

if TYPE_CHECKING:
    from wardround.forge.protocol import Forge
    from wardround.ledger.heads import Anchor
    from wardround.revision.git import Git

#: So often others may be faster, project choice: each time somebody wrote an entry.
_ATTEMPTS = 20


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class LedgerDesk:
    """A clone, and the branch that entries go to."""

    git: Git
    books: RecordBranch
    clock: Callable[[], dt.datetime] = field(default=_now)

    def ledger(self) -> Ledger:
        """The branch as it is now, where it is kept."""
        return _ledger(self.books.now().files)

    def heads(self, ledger: Ledger | None = None) -> tuple[str, ...]:
        """What a tag that is made now names; of ``ledger``, as :meth:`ledger` gave it, where that was looked through before."""
        return joinable(self.ledger() if ledger is None else ledger, self._anchors())

    def lines(self, ledger: Ledger | None = None) -> tuple[str, ...]:
        """The lines of a tag's message that name the heads of the ledger, and the newest looks of the monitor; none while both are empty."""
        return tuple(line for line in (heads_line(self.heads(ledger)), looks_line(looks.newest(self.git))) if line)

    def record(self, *events: NewEntry) -> tuple[Entry, ...]:
        """Those that are not there yet, in one commit; returns what was written.

        Raises :class:`GovernanceFinding` when the ledger was tampered with, :class:`EnvironmentFailure` when it cannot be reached.
        """
        return self._written(events, joinable)

    def join(self, event: NewEntry) -> tuple[Entry, ...]:
        """An entry on top of all lines, those too that do not know what tags name."""
        return self._written((event,), lambda ledger, _: ledger.heads)

    def _written(
        self, events: Sequence[NewEntry], parents: Callable[[Ledger, Sequence[Anchor]], tuple[str, ...]]
    ) -> tuple[Entry, ...]:
        for _ in range(_ATTEMPTS):
            held = self.books.now()
            ledger = _ledger(held.files)
            made, last = [], parents(ledger, self._anchors())
            for event in _new(ledger, events):
                made.append(written(event, self.clock(), last))
                last = (made[-1].digest,)
            if not made:
                return ()
            files = {path_of(item.digest): item.content for item in made}
            try:
                self.books.add(files, held.tip, ", ".join(f"{item.kind} {item.about}" for item in made)[:200])
            except Moved:
                continue
            return tuple(made)
        raise EnvironmentFailure(
            f"{_ATTEMPTS} times somebody else was faster in writing to the ledger",
            where="the branch wardround/ledger",
            next="find out what writes without end, then run the same command again",
        )

    def _anchors(self) -> tuple[Anchor, ...]:
        return anchors_of(tags.read(self.git.root))


def desk(git: Git, forge: Forge | None, clock: Callable[[], dt.datetime] = _now) -> LedgerDesk:
    """The forge's branch where there is one; else origin's where the clone has one; else this clone's."""
    books: RecordBranch = (
        CloneBranch(LEDGER, git, has_origin(git)) if forge is None else ForgeBranch(LEDGER, git, forge)
    )
    return LedgerDesk(git, books, clock)


def _ledger(files: object) -> Ledger:
    assert isinstance(files, dict)
    ledger = Ledger.of((path.removeprefix(f"{DIRECTORY}/"), content) for path, content in files.items())
    if ledger.broken:
        raise GovernanceFinding(
            "the ledger was changed, and nothing is written on top of that",
            where=ledger.broken[0].path,
            found=f"{len(ledger.broken)} files that are not what their names say",
            next="wardround ledger verify",
        )
    return ledger


def _new(ledger: Ledger, events: Sequence[NewEntry]) -> list[NewEntry]:
    """Events that no entry is of. Raises :class:`GovernanceFinding` when what is there about them is none of Wardround's."""
    about = {event.about for event in events}
    there = {
        _sound(ledger, digest).event
        for digest, value in ledger.plain.items()
        if isinstance(value.get("about"), str) and value["about"] in about
    }
    return [event for number, event in enumerate(events) if event.event not in there and event not in events[:number]]


def _sound(ledger: Ledger, digest: str) -> Entry:
    try:
        return ledger.entry(digest)
    except ValueError as error:
        raise GovernanceFinding(
            "an entry of the ledger is none that this Wardround writes, and nothing is written on top of that",
            where=path_of(digest),
            found=str(error),
            next="wardround ledger verify; if a newer Wardround wrote it: wardround upgrade",
        ) from error
