"""The split: nobody that the model learnt from is among those it is judged on."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.evidence.split import SplitEvidence
from wardround.gate.facts import count, listed, text
from wardround.gate.request import JudgeRequest
from wardround.gate.rule import Said, cannot_tell, passes, refuses, rule
from wardround.values import Split

#: Parts that must hold somebody for an overlap of none to mean anything.
_PARTS = (Split.TRAIN.value, Split.VALIDATION.value, Split.TEST.value)


@rule("split.subject_overlap", "Nobody is in two parts of the split", needs=("split",))
def subject_overlap(request: JudgeRequest) -> Iterator[Said]:
    """No subject is in more than one of train, validation and test."""
    split = request.split.value
    assert isinstance(split, SplitEvidence)
    facts = {part: split.of(part) for part in _PARTS}
    empty = [part for part, fact in facts.items() if fact is None or fact.n <= 0 or fact.subjects <= 0]
    if split.overlap != 0:
        yield refuses(
            "Subjects are in more than one of train, validation and test.",
            "Split by subject with `wardround stage split`; check that data.columns.subject names the patient.",
            count("subjects in two parts", max(split.overlap, 0)),
        )
    elif empty:
        yield cannot_tell(
            f"Parts of the split are empty: {listed(empty)}.",
            "Widen the window or change the shares of the split.",
            *(text("part", part) for part in empty),
        )
    else:
        yield passes("No subject is in two parts of the split.", text("method", split.method))


RULES = (subject_overlap,)
