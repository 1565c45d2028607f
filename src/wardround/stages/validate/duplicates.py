"""Encounters that stand twice, rows that are equal, and encounters whose rows contradict each other about the outcome."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from wardround.contract.grouping import SITE, TIME, Counts, Grouper, RowGroups
from wardround.contract.model import RESERVED
from wardround.contract.outcome import RuleCount
from wardround.contract.unique import Hashes, HashLog, Repeated, hash_column, hash_columns
from wardround.stages.validate import counts as rules

ENCOUNTER = "wr_encounter"
OUTCOME = "wr_outcome"


class Duplicates:
    """Eight bytes a row in the first pass; the second pass keeps only the rows that stand twice.

    With an encounter identifier, only rows of repeated identifiers can be equal, so the first pass hashes identifiers and the
    second compares whole rows. Without one it is the rows that are hashed; equal rows may then be different patients, so
    they are told and refuse nothing.
    """

    def __init__(self, encounter: str | None, grouper: Grouper, rows: int) -> None:
        """``encounter`` is the column that identifies encounters, None if there is none."""
        self._encounter = encounter
        self._grouper = grouper
        self._log: HashLog | None = HashLog(rows)
        self._repeated: Repeated | None = None
        self._outcomes = np.zeros((0, 2), np.bool_)
        self._rows_log = HashLog(1)
        self._equal: Repeated | None = None
        self._counts = {
            rule: Counts() for rule in (rules.DUPLICATE_ENCOUNTER, rules.DUPLICATE_ROW, rules.LABEL_CONFLICT)
        }

    def look(self, batch: pa.RecordBatch) -> None:
        """First pass."""
        assert self._log is not None
        self._log.append(hash_column(batch.column(ENCOUNTER)) if self._encounter else _row_hashes(batch))

    @property
    def again(self) -> bool:
        """Whether a second and, with an identifier, a third pass over all columns is needed."""
        if self._log is not None:
            self._repeated, self._log = self._log.repeated(), None
            self._outcomes = np.zeros((len(self._repeated), 2), np.bool_)
        return bool(self._repeated)

    def look_again(self, batch: pa.RecordBatch, groups: RowGroups) -> None:
        """Second pass: places repeated identifiers, notes their outcomes and the hashes of their rows."""
        assert self._repeated is not None
        if not self._encounter:
            self._counts[rules.DUPLICATE_ROW].add(groups, self._repeated.failing(_row_hashes(batch)))
            return
        rows, which = self._repeated.positions(hash_column(batch.column(ENCOUNTER)))
        if not len(rows):
            return
        mask = np.zeros(batch.num_rows, np.bool_)
        mask[rows] = True
        self._counts[rules.DUPLICATE_ENCOUNTER].add(groups, mask)
        outcome = batch.column(OUTCOME).fill_null(-1).to_numpy(zero_copy_only=False)[rows]
        for value in (0, 1):
            self._outcomes[which[outcome == value], value] = True
        self._rows_log.append(_row_hashes(batch.take(pa.array(rows))))

    def look_a_third_time(self, batch: pa.RecordBatch, groups: RowGroups) -> None:
        """Third pass, only where identifiers repeat: counts contradictions and equal rows by site and month."""
        assert self._repeated is not None
        if self._equal is None:
            self._equal = self._rows_log.repeated()
        rows, which = self._repeated.positions(hash_column(batch.column(ENCOUNTER)))
        if not len(rows):
            return
        mask = np.zeros(batch.num_rows, np.bool_)
        mask[rows[self._outcomes[which].all(axis=1)]] = True
        self._counts[rules.LABEL_CONFLICT].add(groups, mask)
        mask = np.zeros(batch.num_rows, np.bool_)
        mask[rows[self._equal.failing(_row_hashes(batch.take(pa.array(rows))))]] = True
        self._counts[rules.DUPLICATE_ROW].add(groups, mask)

    @property
    def third(self) -> bool:
        """Whether the third pass is needed."""
        return bool(self._encounter and self._repeated)

    def results(self, rows: int) -> Iterator[RuleCount]:
        """The counts; without an identifier two of the rules do not apply."""
        for rule, counts in self._counts.items():
            if rule != rules.DUPLICATE_ROW and not self._encounter:
                yield RuleCount(rule, "", rows, None, reason=rules.NEEDS[rule])
            else:
                column = self._encounter or "" if rule == rules.DUPLICATE_ENCOUNTER else ""
                advisory = rule == rules.DUPLICATE_ROW and not self._encounter
                yield rules.counted(rule, column, rows, counts, self._grouper, advisory=advisory)


def _row_hashes(batch: pa.RecordBatch) -> Hashes:
    """Hashes over the source's own columns, in their order."""
    own = [name for name in batch.schema.names if not name.startswith(RESERVED)]
    return hash_columns([batch.column(name) for name in own or (ENCOUNTER,)])


#: What the passes need beside the source's own columns.
NEEDED = (ENCOUNTER, OUTCOME, SITE, TIME)
