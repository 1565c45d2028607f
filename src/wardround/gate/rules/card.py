"""The card: what was to be written is written, and its numbers are the evidence's."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.evidence.card import CardCheck
from wardround.gate.facts import text
from wardround.gate.request import JudgeRequest
from wardround.gate.rule import Said, cannot_tell, not_applicable, passes, refuses, rule

#: So many fields stand in a finding; the forms name them all.
MOST = 20
_FILE = "governance/card.yaml"


@rule(
    "card.complete",
    "What only people know of the model is written down",
    params=("gate.card.profiles",),
    needs=("card",),
)
def complete(request: JudgeRequest) -> Iterator[Said]:
    """The fields of the card that the forms named by the base's params need."""
    card = request.card.value
    assert isinstance(card, CardCheck)
    wanted = request.base_params.gate.card.profiles
    lacking = tuple(dict.fromkeys(name for form in wanted for name in card.lacking(form)))
    if card.lost:
        yield refuses(f"The change removes {_FILE}.", "Bring it back: people's knowledge of the model is in it.")
    elif not wanted:
        yield not_applicable("The base's params name no form that must be complete.")
    elif card.problem:
        yield cannot_tell(
            f"{_FILE} cannot be read ({card.problem}).", "Correct it: wardround card names every mistake."
        )
    elif lacking:
        yield refuses(
            "The card lacks what the forms need that the params name.",
            "Write it: `wardround card` says of each field what belongs there.",
            *(text("lacking", name) for name in lacking[:MOST]),
        )
    else:
        yield passes(
            "Everything that the named forms need from people is written.", *(text("form", name) for name in wanted)
        )


@rule("card.stale", "The card's numbers are the evidence's", needs=("card",))
def stale(request: JudgeRequest) -> Iterator[Said]:
    """Typed numbers, places that name nothing, and kept cards that were edited or made from other metrics."""
    card = request.card.value
    assert isinstance(card, CardCheck)
    if card.stale:
        yield refuses(
            "The card holds numbers that are not this evidence's.",
            "Name the number instead of typing it; make kept cards again with `wardround card`.",
            *(text("stale", f"{item.where}: {item.what}") for item in card.stale[:MOST]),
        )
    elif card.problem:
        yield cannot_tell(
            f"{_FILE} cannot be read ({card.problem}).", "Correct it: wardround card names every mistake."
        )
    elif not card.there:
        yield not_applicable(f"There is no {_FILE}.")
    else:
        yield passes("No number on the card is another than the evidence's.")


RULES = (complete, stale)
