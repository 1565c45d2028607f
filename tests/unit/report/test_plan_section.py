"""The report's section about change control: the row of the traceability table, and what is outside."""

from __future__ import annotations

from dataclasses import replace

from wardround.disclosure import Inside, disclose
from wardround.gate import JudgeRequest, judge
from wardround.gate.plan import Atom, Kind
from wardround.gate.specimen import healthy
from wardround.report.blocks import Notes, Paragraph, Section, Table
from wardround.report.context import Context
from wardround.report.markdown import Style
from wardround.report.markdown import section as markdown
from wardround.report.sections import findings, plan


def made(request: JudgeRequest) -> Section | None:
    return plan.section(disclose(Inside(decision=judge(request))).decision)


def test_the_row_stands_in_a_table_with_its_four_columns() -> None:
    section = made(healthy())
    assert section is not None
    (table,) = [block for block in section.blocks if isinstance(block, Table)]
    headings = [column.heading for column in table.columns]
    assert headings == ["Modification", "Data management", "Re-training", "Performance evaluation", "Update procedure"]
    text = markdown(section, Style())
    assert "This change is inside M1." in text
    assert "4 of 4 criteria met." in text


def test_what_is_outside_is_named_and_made_inert() -> None:
    odd = Atom(Kind.PATH, "pipelines/`<b>@team</b>`.py")
    section = made(replace(healthy(), atoms=(odd,)))
    assert section is not None
    assert not [block for block in section.blocks if isinstance(block, Table)]
    text = markdown(section, Style())
    assert "outside the plan" in text
    assert "`pipelines/\u02cb<b>@team</b>\u02cb.py`" in text


def test_there_is_no_section_without_a_plan_and_for_the_first_version() -> None:
    assert made(replace(healthy(), plan=None)) is None
    assert made(replace(healthy(), baseline=True)) is None
    assert plan.section(None) is None


def test_the_row_is_not_printed_twice() -> None:
    decision = disclose(Inside(decision=judge(healthy()))).decision
    text = markdown(findings.section(decision, Context("specimen"), Notes()), Style())
    assert "all its acceptance criteria are met" in text
    assert "criteria met." not in text


def test_two_modifications_make_two_rows() -> None:
    moved = Atom(Kind.PARAM, "evaluate.thresholds", "[0.2]", "[0.24]")
    own = healthy()
    assert own.plan is not None
    both = replace(
        own,
        plan=own.plan.model_copy(update={"together": (("M1", "M2"),)}),
        atoms=(*(own.atoms or ()), moved),
    )
    section = made(both)
    assert section is not None
    (table,) = [block for block in section.blocks if isinstance(block, Table)]
    assert len(table.rows) == 2
    assert isinstance(section.blocks[0], Paragraph)
