"""What checking finds: failing rows by rule and column. What the table's columns alone decide is counted here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from wardround.contract import rules
from wardround.contract.model import Contract


@dataclass(frozen=True)
class RuleCount:
    """How many rows fail one rule of one column (empty: of the table). ``failures`` is None when that cannot be told.

    ``advisory``: the contract says ``raise_warning``, so a failure is printed and refuses nothing.
    """

    rule: str
    column: str
    rows: int
    failures: int | None
    by_site: dict[str, int] = field(default_factory=dict)
    by_month: dict[str, int] = field(default_factory=dict)
    reason: str = ""
    advisory: bool = False


@dataclass(frozen=True)
class Outcome:
    """The contract's counts, one for each rule and column that was checked, in the contract's order."""

    rows: int
    counts: tuple[RuleCount, ...]


def shape(contract: Contract, present: tuple[str, ...], rows: int) -> Iterator[RuleCount]:
    """Columns that lack, are too many, or stand in another order: such a failure is every row's."""
    for column in contract.columns:
        if column.required:
            yield RuleCount(rules.REQUIRED, column.name, rows, 0 if column.name in present else rows)
    if contract.strict is True:
        for name in present:
            if contract.column(name) is None:
                yield RuleCount(rules.STRICT, name, rows, rows)
    if contract.ordered:
        declared = [name for name in contract.names if name in present]
        found = [name for name in present if name in declared]
        yield RuleCount(rules.ORDERED, "", rows, 0 if declared == found else rows)
