"""Change control: whether the change is one that was agreed beforehand, and whether the test block is still fresh."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.evidence.decision import Fact
from wardround.gate.facts import margin, text
from wardround.gate.plan.acceptance import Judged, judged
from wardround.gate.plan.classify import Classified, classify
from wardround.gate.plan.row import row
from wardround.gate.plan.schema import FILE, ChangePlan
from wardround.gate.request import JudgeRequest
from wardround.gate.rule import Said, cannot_tell, not_applicable, passes, refuses, rule
from wardround.project.judging import ChangeLimits
from wardround.values import Verdict, worst

#: So many names stand in a finding; the files and params are all in the report.
MOST = 20
_RECORD = "Record what was found and leave the model as it is, or have the change assessed outside the plan."


@rule(
    "change.plan",
    "The change is one that was agreed beforehand, or somebody more looks at it",
    params=("gate.change.label", "gate.change.reviewers"),
)
def plan(request: JudgeRequest) -> Iterator[Said]:
    """Classifies the change by the base's plan, and holds it to the acceptance criteria of what it is inside."""
    agreed = request.plan
    if request.no_plan:
        yield cannot_tell(
            f"The base's {FILE} cannot be read ({request.no_plan}).",
            "Correct it in a pull request of its own: wardround plan --check.",
        )
    elif agreed is None:
        yield not_applicable(f"The base has no change plan ({FILE}).")
    elif request.baseline:
        yield not_applicable("The first version is what the plan starts from.")
    elif request.atoms is None:
        yield cannot_tell("What the change consists of is not known.", "Run the review again: wardround review.")
    else:
        found = classify(agreed, request.atoms)
        if found.unchanged:
            yield passes("Nothing that the plan is about changed.")
        elif found.outside:
            yield _outside(found, request.base_params.gate.change)
        else:
            yield _inside(found, agreed, request)


def _outside(found: Classified, limits: ChangeLimits) -> Said:
    facts = [text("outside", atom.words) for atom in found.beyond[:MOST]]
    facts += [text("nearest modification", found.nearest)] if found.nearest else []
    summary = "The plan does not permit all of this change, so that it needs an assessment of its own."
    if limits.label is None and not limits.reviewers:
        advice = "The params name neither a label nor a reviewer for such a change."
        return Said(Verdict.PASS, summary, advice, found.words, tuple(facts))
    wanted = ["the label of `gate.change.label`"] if limits.label else []
    wanted += ["the approval of one of `gate.change.reviewers`"] if limits.reviewers else []
    facts += [text("label", limits.label)] if limits.label else []
    facts += [text("reviewer", name) for name in limits.reviewers]
    return cannot_tell(
        summary,
        f"It needs {' and '.join(wanted)}; publishing looks for them on the forge. When they are there, run it again.",
        *facts,
        subject=found.words,
    )


def _inside(found: Classified, agreed: ChangePlan, request: JudgeRequest) -> Said:
    metrics, comparison = request.metrics.value, request.comparison.value
    facts: list[Fact] = []
    said: list[Judged] = []
    for name in found.inside:
        modification = agreed.of(name)
        # Before a version was approved there is no anchor to lose against; afterwards the base's params name it.
        asked = [item for item in modification.acceptance if item.reference != "anchor" or request.anchor_commit]
        answers = [judged(item, metrics, comparison) for item in asked]
        facts += row(modification, answers)
        said += answers
    verdict = worst([item.verdict for item in said])
    if verdict is Verdict.PASS:
        return passes(
            "The plan permits this change, and all its acceptance criteria are met.", *facts, subject=found.words
        )
    facts += [text("criterion", item.words) for item in said if item.verdict is verdict][:MOST]
    if verdict is Verdict.REFUSE:
        summary, advice = "The plan permits this change, but not all of its acceptance criteria are met.", _RECORD
        return refuses(summary, advice, *facts, subject=found.words)
    summary = (
        "The plan permits this change, but the evidence is too little to say that its acceptance criteria are met."
    )
    return cannot_tell(summary, f"Add encounters to the test block. {_RECORD}", *facts, subject=found.words)


@rule(
    "budget.test_set",
    "The test block has not been looked at too often",
    params=("gate.budget.looks",),
)
def test_set(request: JudgeRequest) -> Iterator[Said]:
    """Looks at this test block, by models of all branches and by drafts, against the base's budget.

    The number itself stands in the lineage: it depends on the clone, so that the decision holds only what follows from it.
    """
    budget = request.base_params.gate.budget.looks
    if request.looks is None:
        yield cannot_tell("Looks at the test block could not be counted.", "Run the review again: wardround review.")
    elif request.looks > budget:
        yield refuses(
            "More models were judged on this test block than its budget allows, so that its numbers flatter.",
            "Bring fresh data: move data.window so that the last block is new. Choose among drafts on the training data (tune).",
            margin("looks allowed", budget),
        )
    else:
        yield passes("The looks at this test block are within its budget.", margin("looks allowed", budget))


RULES = (plan, test_set)
