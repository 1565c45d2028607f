"""The last look at what is about to be posted: a text with an identifier of a patient in it is withheld, whatever made it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import WardroundError
from wardround.flows.phi_names import reader_of
from wardround.flows.publish.judge import ERROR, Note, Outcome
from wardround.phi.allow import FILE, AllowList, parse
from wardround.phi.examining import Examiner
from wardround.phi.scanning import rules_of
from wardround.values import Verdict

if TYPE_CHECKING:
    from wardround.phi.language import Reader


#: What entries of the allow-list call the comment. Only what a model of language found there can be allowed: a number is never a word of a report.
PLACE = "comment"


def identifiers(*texts: str, reader: Reader | None = None, allow: AllowList | None = None) -> tuple[str, ...]:
    """The rules of what the scan finds in texts, each once; with a ``reader``, names too that ``allow`` does not let pass."""
    found = [*rules_of(texts)]
    if reader is not None:
        examiner = Examiner(allow or AllowList(), reader=reader)
        found += [finding.rule for text in texts for finding in examiner.text(PLACE, text)]
    return tuple(dict.fromkeys(found))


def screened(root: Path, outcome: Outcome, *texts: str) -> tuple[Outcome, bool]:
    """The outcome after a look at what would be posted, and whether that must be withheld.

    The models of language and the allow-list are those of a trusted checkout with the project ``root``. What cannot be looked at is withheld.
    """
    from wardround.revision.git import Git

    try:
        git = Git(root)
        reader = reader_of(git)
        path = git.root / FILE
        allow = parse(path.read_bytes()) if reader is not None and path.is_file() else None
    except WardroundError as error:
        return unlooked(outcome, error), True
    found = identifiers(*texts, reader=reader, allow=allow)
    return (withheld(outcome, found), True) if found else (outcome, False)


def unlooked(outcome: Outcome, error: WardroundError) -> Outcome:
    """The outcome of a project whose report could not be looked at."""
    why = error.problems[0].what
    note = Note(
        "publish.phi",
        f"The report was not posted: {why}.",
        "Install what privacy.names wants where reports are published.",
    )
    said = "cannot tell: the report could not be looked at, see the comment"
    return replace(outcome, verdict=Verdict.CANNOT_TELL, state=ERROR, description=said, notes=(*outcome.notes, note))


def withheld(outcome: Outcome, found: tuple[str, ...]) -> Outcome:
    """The outcome of a project whose report was withheld: it cannot be told."""
    note = Note(
        "publish.phi",
        f"The report was not posted: it holds what looks like an identifier of a patient ({', '.join(found)}).",
        "Look for it in names of files, columns and groups, and take it out: `wardround phi --base` of the base.",
    )
    said = "cannot tell: the report was withheld, see the comment"
    return replace(outcome, verdict=Verdict.CANNOT_TELL, state=ERROR, description=said, notes=(*outcome.notes, note))
