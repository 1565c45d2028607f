"""What ``wardround ledger`` asks: the verification, the entries in their order, and who writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import GovernanceFinding, UsageError
from wardround.flows.ledger import looks
from wardround.flows.ledger.reading import anchors_of, read
from wardround.ledger import Entry, Verification, path_of, verify
from wardround.proc import Command, run
from wardround.registry import tags
from wardround.revision.git import Git

if TYPE_CHECKING:
    from wardround.forge.protocol import Forge


def check(directory: Path) -> tuple[Verification, tuple[str, ...]]:
    """The verification of the repository's ledger, and of the monitor's history, against its tags, and where it was read. Asks nobody."""
    git = Git(directory)
    found, named = read(git, history=True), tags.read(git.root)
    return verify(found.ledger, anchors_of(named), (*found.removed, *looks.doubts(git, named))), found.places


def entries(directory: Path) -> tuple[Entry, ...]:
    """All entries in the ledger's order. Raises :class:`GovernanceFinding` when one of them is none."""
    ledger = read(Git(directory)).ledger
    made = []
    for digest in ledger.ordered():
        try:
            made.append(ledger.entry(digest))
        except ValueError as error:
            raise GovernanceFinding(
                "the ledger has a file that is no entry",
                where=path_of(digest),
                found=str(error),
                next="wardround ledger verify",
            ) from error
    return tuple(made)


def screened(text: str, where: str = "the text that was given") -> str:
    """A person's sentence on one line, if the scan finds no identifier in it: an entry cannot be taken back, and neither can a tag.

    Raises :class:`GovernanceFinding`, which names the kinds and never the text.
    """
    from wardround.phi.scanning import scan

    line = " ".join(text.split())
    if kinds := sorted({hit.kind for hit in scan(line)}):
        raise GovernanceFinding(
            "this may name a patient, and an entry of the ledger cannot be taken back",
            where=where,
            found=", ".join(kinds),
            next="say it without; a pull request's number or a tag tells as much",
        )
    return line


def writer(git: Git, forge: Forge | None) -> str:
    """Who writes: the login at the forge; without one the name that git knows."""
    name = forge.author() if forge is not None else ""
    if not name:
        name = run(Command(["git", "config", "user.name"], cwd=git.root, timeout=60)).out.strip()
    if not name:
        raise UsageError(
            "an entry says who wrote it, and git knows no name", where=str(git.root), next="git config user.name NAME"
        )
    return name
