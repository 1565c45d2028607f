"""The contract's checks that types, ranges and lists do not say, asked about the few rows of a request: which rows fail which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wardround.contract.custom import rule_of
from wardround.contract.model import Contract, ContractColumn, Kind

if TYPE_CHECKING:
    from pandera.api.checks import Check

#: What a range check is called by pandera.
_RANGES = frozenset(
    {"greater_than_or_equal_to", "greater_than", "less_than_or_equal_to", "less_than", "in_range"},
)


@dataclass(frozen=True)
class RowCheck:
    """One check: of ``column``, or of several when it is None."""

    check: Check
    column: ContractColumn | None

    @property
    def rule(self) -> str:
        """What the check is called."""
        return rule_of(self.check)

    @property
    def words(self) -> str:
        """What the check wants, for a refusal: its description, or its name."""
        return str(self.check.description or self.check.error or self.rule)

    def failing(self, frame: pd.DataFrame) -> NDArray[np.bool_] | None:
        """The rows that fail; None when none does. A check that raises fails every row: it cannot say that they are good."""
        try:
            return self._failing(frame)
        except Exception:  # noqa: BLE001 - the team's code, about values that nobody has seen before
            return np.ones(len(frame), np.bool_)

    def _failing(self, frame: pd.DataFrame) -> NDArray[np.bool_] | None:
        good = self._ask(frame)
        if good is None:  # one truth for all rows: each row is asked alone
            passed = [bool(self._run(frame.iloc[[place]]).check_passed) for place in range(len(frame))]
            good = np.array(passed, dtype=np.bool_)
        return None if good.all() else ~good

    def _run(self, frame: pd.DataFrame) -> Any:
        if self.column is None:
            return self.check(frame)
        if self.check.groupby is not None:
            return self.check(frame, self.column.name)
        return self.check(frame[self.column.name])

    def _ask(self, frame: pd.DataFrame) -> NDArray[np.bool_] | None:
        """For each row whether it is good; None when the check answers for all rows at once."""
        check = self.check
        simple = not check.element_wise and check.groupby is None and check.n_failure_cases is None
        quick = self.column is None and simple  # what pandera calls, without its ceremony
        found = check._check_fn(frame) if quick else self._run(frame).check_output  # noqa: SLF001 - as above
        if isinstance(found, pd.DataFrame):
            found = found.all(axis="columns")
        if not isinstance(found, pd.Series):
            return None
        said = found
        if found.index is not frame.index and not found.index.equals(frame.index):
            if not found.index.isin(frame.index).all():
                return None
            # rows that pandera left out, because they have no value, are good
            said = found if len(found) == len(frame) else found.reindex(frame.index, fill_value=True)
        return said.to_numpy(dtype=np.bool_, na_value=False)


def row_checks(contract: Contract, hidden: Sequence[str]) -> list[RowCheck]:
    """The checks that are left when kinds, enforced ranges and closed lists are held otherwise; none of ``hidden`` columns, none that only warns."""
    own = [
        RowCheck(check, column)
        for column in contract.columns
        if column.name not in hidden
        for check in column.checks
        if not check.raise_warning and not _covered(check, column)
    ]
    return [*own, *(RowCheck(check, None) for check in contract.table_checks if not check.raise_warning)]


def _covered(check: Check, column: ContractColumn) -> bool:
    plain = not check.element_wise and check.groupby is None and check.n_failure_cases is None
    if check.name in _RANGES:
        enforced = not any(other.raise_warning for other in column.checks)
        return plain and enforced and (column.kind.numeric or column.kind is Kind.DATETIME)
    return plain and check.name == "isin" and column.kind is Kind.CATEGORY


def tried(checks: Sequence[RowCheck], frame: pd.DataFrame) -> tuple[list[RowCheck], list[str]]:
    """The checks that let rows pass which the whole contract passes, and the rules of the others.

    A check that refuses them needs a column that is known only after the outcome: at the time of a request nothing can be said about it.
    """
    kept, left = [], []
    for check in checks:
        (left.append(check.rule) if check.failing(frame) is not None else kept.append(check))
    return kept, left


Failures = Mapping[int, list[RowCheck]]


def failures(checks: Sequence[RowCheck], frame: pd.DataFrame) -> Failures:
    """Rows by number, with the checks that they fail."""
    found: dict[int, list[RowCheck]] = {}
    for check in checks:
        mask = check.failing(frame)
        if mask is not None:
            for place in np.flatnonzero(mask).tolist():
                found.setdefault(place, []).append(check)
    return found
