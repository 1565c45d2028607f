"""The table-level rules: their names, and how a count of theirs is made."""

from __future__ import annotations

from wardround.contract.grouping import Counts, Grouper
from wardround.contract.outcome import RuleCount

EMPTY_TABLE = "empty_table"
ALL_MISSING = "all_missing"
DUPLICATE_ENCOUNTER = "duplicate_encounter"
DUPLICATE_ROW = "duplicate_row"
LABEL_CONFLICT = "label_conflict"
MISSING_OUTCOME = "missing_outcome"
ONE_CLASS = "one_class"
OUTCOME_RATE = "outcome_rate"
FUTURE_ENCOUNTER = "future_encounter"
OUTCOME_BEFORE_ENCOUNTER = "outcome_before_encounter"
UNIT_MIXUP = "unit_mixup"

HINTS = {
    EMPTY_TABLE: "no encounter is left: check the source, the window and the excluded values",
    ALL_MISSING: "every value is missing: a broken export, or a column to take out of the contract",
    DUPLICATE_ENCOUNTER: "the same encounter stands in several rows: a join that multiplies rows, or an export that was run twice",
    DUPLICATE_ROW: "rows are equal in every column",
    LABEL_CONFLICT: "the same encounter has the outcome in one row and not in another",
    MISSING_OUTCOME: "the outcome is not known: labels arrive late, or the outcome column holds values that cannot be read",
    ONE_CLASS: "all known outcomes are the same: check data.positive",
    OUTCOME_RATE: "the share of positive outcomes lies outside contract.outcome_rate: check data.positive and the window",
    FUTURE_ENCOUNTER: "the encounter lies after contract.today: a typing error, or day and month exchanged",
    OUTCOME_BEFORE_ENCOUNTER: "the outcome is older than the encounter: a wrong join, or time zones",
    UNIT_MIXUP: "values look as if some rows used another unit",
}

#: Rules that need a column which the project does not have are *not applicable*, and these are why.
NEEDS = {
    DUPLICATE_ENCOUNTER: "the table has no encounter identifier (data.columns.encounter)",
    LABEL_CONFLICT: "the table has no encounter identifier (data.columns.encounter)",
    FUTURE_ENCOUNTER: "there is no time, or neither contract.today nor the end of the window is set",
    OUTCOME_BEFORE_ENCOUNTER: "the table does not say when the outcome became known (data.columns.outcome_time)",
}


def counted(  # noqa: PLR0913 - one count
    rule: str, column: str, rows: int, counts: Counts, grouper: Grouper, *, advisory: bool = False
) -> RuleCount:
    """A count of rows, with sites and months."""
    return RuleCount(
        rule, column, rows, counts.total, grouper.by_site(counts), grouper.by_month(counts), advisory=advisory
    )


def all_or_none(rule: str, column: str, rows: int, *, failed: bool) -> RuleCount:
    """A rule about the whole table or column: every row fails it, or none."""
    return RuleCount(rule, column, rows, max(rows, 1) if failed else 0)
