"""The passes over the snapshot: everything in the first, and more only where something stands twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.contract.checking import Checker
from wardround.contract.grouping import Counts
from wardround.contract.model import Contract
from wardround.profile import ColumnSpec, Profiler
from wardround.stages.validate.duplicates import Duplicates
from wardround.stages.validate.outcome import Outcomes
from wardround.stages.validate.units import Units

if TYPE_CHECKING:
    from wardround.project.sections import ContractSection, DataSection
    from wardround.stages.validate.snapshot import Snapshot


def specs(contract: Contract) -> tuple[ColumnSpec, ...]:
    """What the profile keeps of each column: declared levels of categories, and only the lengths of text."""
    return tuple(ColumnSpec(column.name, str(column.kind), column.categories) for column in contract.columns)


class TableChecks:
    """All checks of one snapshot, fed with the same batches."""

    def __init__(self, contract: Contract, data: DataSection, section: ContractSection, rows: int) -> None:
        """``rows`` is how many the snapshot says it holds."""
        self.contract = contract
        self.checker = Checker(contract, rows=rows)
        self.grouper = self.checker.grouper
        self.everyone = Counts()
        roles = data.columns
        named = (roles.encounter, roles.subject, roles.outcome, roles.time, roles.outcome_time)
        self.duplicates = Duplicates(roles.encounter, self.grouper, rows)
        self.outcomes = Outcomes(data, section, self.grouper)
        self.units = Units(contract, self.grouper, frozenset(name for name in named if name))
        self.profiler = Profiler(specs(contract))

    def run(self, snapshot: Snapshot) -> None:
        """Reads the snapshot once; again, whole or in part, only where duplicates were found."""
        for batch in snapshot.batches():
            groups = self.grouper.of(batch)
            self.everyone.add(groups)
            self.checker.look(batch, groups)
            self.duplicates.look(batch)
            self.outcomes.look(batch, groups)
            self.units.look(batch, groups)
            self.profiler.look(batch)
        again = self.checker.again
        if self.duplicates.again:
            for batch in snapshot.batches():
                groups = self.grouper.of(batch)
                self.duplicates.look_again(batch, groups)
                if again:
                    self.checker.look_again(batch, groups)
        elif again:
            for batch in snapshot.batches(again):
                self.checker.look_again(batch)
        if self.duplicates.third:
            for batch in snapshot.batches():
                self.duplicates.look_a_third_time(batch, self.grouper.of(batch))
