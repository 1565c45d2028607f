"""The last look at what is about to be posted: a text with an identifier of a patient in it is withheld, whatever made it."""

from __future__ import annotations

from dataclasses import replace

from wardround.flows.publish.judge import ERROR, Note, Outcome
from wardround.phi.kinds import BY_NAME
from wardround.phi.scanning import scan
from wardround.values import Verdict


def identifiers(*texts: str) -> tuple[str, ...]:
    """The rules of what the scan finds in texts, each once."""
    return tuple(dict.fromkeys(BY_NAME[hit.kind].rule for text in texts for hit in scan(text)))


def withheld(outcome: Outcome, found: tuple[str, ...]) -> Outcome:
    """The outcome of a project whose report was withheld: it cannot be told."""
    note = Note(
        "publish.phi",
        f"The report was not posted: it holds what looks like an identifier of a patient ({', '.join(found)}).",
        "Look for it in names of files, columns and groups, and take it out: `wardround phi --base` of the base.",
    )
    said = "cannot tell: the report was withheld, see the comment"
    return replace(outcome, verdict=Verdict.CANNOT_TELL, state=ERROR, description=said, notes=(*outcome.notes, note))
