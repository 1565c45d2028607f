"""Small immutable values that every layer shares."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What a rule, or all rules together, say. *Cannot tell* blocks as *refuse* does."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    REFUSE = "refuse"
    CANNOT_TELL = "cannot tell"
    #: The rule has no meaning here (a date rule without dates). It neither passes nor blocks, and is printed.
    NOT_APPLICABLE = "not applicable"

    @property
    def blocks(self) -> bool:
        """Whether this verdict keeps a change from being merged."""
        return self in (Verdict.REFUSE, Verdict.CANNOT_TELL)


class Split(StrEnum):
    """Where an encounter belongs.

    ``TEST`` holds new subjects only (strict; the gate's). ``TEST_SEEN`` holds the encounters of the last block whose
    subject was seen in an earlier block: *all comers* is ``TEST`` and ``TEST_SEEN`` together. ``DROPPED`` holds
    validation-block encounters of subjects seen in training.
    """

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
    TEST_SEEN = "test_seen"
    DROPPED = "dropped"


class Role(StrEnum):
    """Which of the compared revisions a program, model or score belongs to."""

    BASE = "base"
    HEAD = "head"
    ANCHOR = "anchor"


class Population(StrEnum):
    """Who an estimate is about."""

    NEW_SUBJECTS = "new_subjects"
    ALL_COMERS = "all_comers"


def worst(verdicts: list[Verdict]) -> Verdict:
    """The verdict of several rules together: refuse before cannot tell before pass; nothing at all is cannot tell."""
    counted = [verdict for verdict in verdicts if verdict is not Verdict.NOT_APPLICABLE]
    if not counted:
        return Verdict.CANNOT_TELL
    for verdict in (Verdict.REFUSE, Verdict.CANNOT_TELL):
        if verdict in counted:
            return verdict
    return Verdict.PASS
