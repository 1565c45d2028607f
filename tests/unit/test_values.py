"""Verdicts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.values import Verdict, worst

verdicts = st.lists(st.sampled_from(list(Verdict)))


def test_silence_does_not_pass() -> None:
    assert worst([]) is Verdict.CANNOT_TELL
    assert worst([Verdict.NOT_APPLICABLE]) is Verdict.CANNOT_TELL


@given(verdicts)
def test_any_blocking_finding_blocks(found: list[Verdict]) -> None:
    blocked = any(verdict.blocks for verdict in found)
    counted = [verdict for verdict in found if verdict is not Verdict.NOT_APPLICABLE]
    assert worst(found).blocks == (blocked or not counted)


@given(verdicts, st.sampled_from([Verdict.REFUSE, Verdict.CANNOT_TELL]))
def test_adding_a_blocking_finding_never_helps(found: list[Verdict], more: Verdict) -> None:
    assert worst([*found, more]).blocks


@pytest.mark.parametrize(
    ("verdict", "blocks"), [("pass", False), ("refuse", True), ("cannot tell", True), ("not applicable", False)]
)
def test_which_verdicts_block(verdict: str, blocks: bool) -> None:
    assert Verdict(verdict).blocks is blocks
