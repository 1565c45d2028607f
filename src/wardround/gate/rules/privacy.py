"""Privacy: a change brings no identifier of a patient into the repository."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from wardround.evidence.phi import PhiCheck
from wardround.gate.facts import listed, text
from wardround.gate.request import JudgeRequest
from wardround.gate.rule import Said, passes, refuses, rule

#: Places that a finding names; the command names all.
_SHOWN = 20


@rule("privacy.phi", "A change adds no identifier of a patient", needs=("phi",))
def phi(request: JudgeRequest) -> Iterator[Said]:
    """What any commit of the change adds, its messages, file names and tables; allowed is what the base's list allows, with reasons."""
    check = request.phi.value
    assert isinstance(check, PhiCheck)
    note = (
        "The change edits governance/phi.yaml: the base's list judged, and the list's owners must review the new one."
    )
    if not check.found:
        yield passes(
            "The scan found no identifier of a patient in what the change adds.",
            advice=note if check.list_changed else "",
        )
        return
    kinds = Counter(place.rule for place in check.places)
    shown = tuple(place for place in check.places[:_SHOWN])
    more = f" {note}" if check.list_changed else ""
    yield refuses(
        f"The change adds what looks like identifiers of patients: {listed([*kinds])}.",
        "Take them out of every commit of the branch (a later commit that deletes them leaves them in the history), and tell the owners if the branch "
        f"was pushed. If no patient stands behind them, an entry in governance/phi.yaml says why, in a change of its own.{more}",
        *(text(place.rule, f"{place.place} {place.fingerprint}".strip()) for place in shown),
    )


RULES = (phi,)
