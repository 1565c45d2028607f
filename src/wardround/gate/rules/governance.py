"""Who judges: a change of the judging params is judged by the base's, and says so."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.gate.changes import changes_of_judge
from wardround.gate.facts import listed, text
from wardround.gate.request import JudgeRequest
from wardround.gate.rule import Said, not_applicable, passes, rule


@rule(
    "governance.judge_changed",
    "A change does not judge itself",
    decides=False,
)
def judge_changed(request: JudgeRequest) -> Iterator[Said]:
    """A note, never a vote: the owners of what changed must review it."""
    changes = changes_of_judge(request)
    if not changes:
        yield not_applicable("The change edits nothing that judges it.")
    elif request.baseline:
        yield passes(
            "The first version is judged by its own params: there is no base.",
            text("sections", listed(changes)),
            advice="Needs the review of the gate's owners.",
        )
    else:
        yield passes(
            f"The change edits what judges it ({listed(changes)}): it was judged by the base's, and needs its owners' "
            "review.",
            *(text("section", name) for name in changes),
            advice="The new values take effect after the merge. Ask the owners of these sections for a review.",
        )


RULES = (judge_changed,)
