"""Checks of labels and dates: missing outcomes, one class, an implausible rate, the future, and outcomes before encounters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wardround.contract.grouping import TIME, Counts, Grouper, RowGroups
from wardround.contract.outcome import RuleCount
from wardround.project.sections import ContractSection, DataSection
from wardround.stages.validate import counts as rules
from wardround.stages.validate.duplicates import OUTCOME


class Outcomes:
    """Counts labels and compares dates, batch by batch."""

    def __init__(self, data: DataSection, contract: ContractSection, grouper: Grouper) -> None:
        """The params sections that say what is plausible."""
        self._data = data
        self._contract = contract
        self._grouper = grouper
        self._limit = first_implausible(data, contract)
        self._missing, self._future, self._early = Counts(), Counts(), Counts()
        self._events = self._labelled = 0
        self._timed = self._told = False

    def look(self, batch: pa.RecordBatch, groups: RowGroups) -> None:
        """Adds one batch."""
        outcome = batch.column(OUTCOME)
        self._labelled += len(outcome) - outcome.null_count
        self._events += pc.sum(outcome).as_py() or 0
        if outcome.null_count:
            self._missing.add(groups, outcome.is_null().to_numpy(zero_copy_only=False))
        if TIME not in batch.schema.names:
            return
        time = batch.column(TIME)
        if self._limit is not None and pa.types.is_timestamp(time.type) == isinstance(self._limit, dt.datetime):
            self._timed = True
            self._add(self._future, groups, pc.greater_equal(time, pa.scalar(self._limit, time.type)))
        known = self._data.columns.outcome_time
        if known is not None and known in batch.schema.names:
            then = batch.column(known)
            if pa.types.is_timestamp(then.type) == pa.types.is_timestamp(time.type):
                self._told = True
                self._add(self._early, groups, pc.less(then, time.cast(then.type)))

    @staticmethod
    def _add(counts: Counts, groups: RowGroups, failing: pa.Array) -> None:
        if failing.true_count:
            mask: np.ndarray[tuple[int], np.dtype[np.bool_]] = failing.fill_null(False).to_numpy(zero_copy_only=False)
            counts.add(groups, mask)

    def results(self, rows: int) -> Iterator[RuleCount]:
        """The counts. The rate is of the known outcomes."""
        column = self._data.columns.outcome
        yield rules.counted(rules.MISSING_OUTCOME, column, rows, self._missing, self._grouper)
        single = self._events in (0, self._labelled)
        yield rules.all_or_none(rules.ONE_CLASS, column, rows, failed=single)
        low, high = self._contract.outcome_rate
        rate = self._events / self._labelled if self._labelled else 0.0
        yield rules.all_or_none(rules.OUTCOME_RATE, column, rows, failed=not low <= rate <= high)
        timed = self._data.columns.time or ""
        for rule, applies, name, counts in (
            (rules.FUTURE_ENCOUNTER, self._timed, timed, self._future),
            (rules.OUTCOME_BEFORE_ENCOUNTER, self._told, self._data.columns.outcome_time or "", self._early),
        ):
            if applies:
                yield rules.counted(rule, name, rows, counts, self._grouper)
            else:
                yield RuleCount(rule, "", rows, None, reason=rules.NEEDS[rule])


def first_implausible(data: DataSection, contract: ContractSection) -> dt.datetime | int | None:
    """The first moment (or number in an integer order) that lies in the future: the day after ``today``, else the window's end."""
    if contract.today is not None:
        return dt.datetime.combine(contract.today, dt.time()) + dt.timedelta(days=1)
    end = data.window.end
    return dt.datetime.combine(end, dt.time()) if isinstance(end, dt.date) else end
