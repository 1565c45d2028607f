"""Checks a table against the contract batch by batch; memory grows with distinct failures and unique columns only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wardround.contract import rules
from wardround.contract.conforming import conform
from wardround.contract.custom import Frame, own_checks, rule_of
from wardround.contract.grouping import SITE, TIME, Counts, Grouper, RowGroups
from wardround.contract.kernels import Kernel, Mask, compile_check
from wardround.contract.model import RESERVED, Contract, ContractColumn
from wardround.contract.outcome import Outcome, RuleCount, shape
from wardround.contract.unique import HashLog, Repeated, hash_columns

if TYPE_CHECKING:
    from pandera.api.checks import Check

#: Where ingest notes the columns whose raw cell could not be read as the contract's type.
UNCAST = "wr_uncast"

#: Opens the table anew and reads the named columns of it, all when None.
Opener = Callable[[Sequence[str] | None], Iterator[pa.RecordBatch]]


@dataclass
class _Unique:
    """One uniqueness rule: of a column, or of several together."""

    columns: tuple[str, ...]
    log: HashLog | None
    repeated: Repeated | None = None

    @property
    def label(self) -> str:
        return ", ".join(self.columns)


class Checker:
    """The contract, compiled. Give it every batch once (:meth:`look`), then, if :attr:`again` asks, once more (:meth:`look_again`)."""

    def __init__(self, contract: Contract, grouper: Grouper | None = None, rows: int = 1 << 16) -> None:
        """``grouper`` is shared with other checks of the same pass; ``rows`` is how many are expected."""
        self.contract = contract
        self.grouper = grouper or Grouper()
        self.rows = 0
        self._counts: dict[tuple[str, str], Counts] = {}
        self._advisory: set[tuple[str, str]] = set()
        self._names: tuple[str, ...] | None = None
        self._groupings: tuple[str, ...] = ()
        self._kernels = _compile(contract)
        done = [(column, check) for column in contract.columns for check, _ in self._kernels[column.name]]
        self._own = own_checks(contract, done)
        sets = [*((column.name,) for column in contract.columns if column.unique), *contract.unique_together]
        self._uniques = [_Unique(names, HashLog(rows)) for names in dict.fromkeys(sets)]
        self._plan()

    def _plan(self) -> None:
        """Every rule and column that is going to be told about, failures or none."""
        for column in self.contract.columns:
            keys = [rules.DTYPE] + ([] if column.nullable else [rules.NULLABLE])
            keys += [rule_of(check) for check in column.checks]
            for rule in dict.fromkeys(keys):
                self._counts[rule, column.name] = Counts()
            for check in column.checks:
                if check.raise_warning:
                    self._advisory.add((rule_of(check), column.name))
        for unique in self._uniques:
            self._counts[rules.UNIQUE, unique.label] = Counts()
        for check in self.contract.table_checks:
            self._counts[rule_of(check), ""] = Counts()
            if check.raise_warning:
                self._advisory.add((rule_of(check), ""))

    def look(self, batch: pa.RecordBatch, groups: RowGroups | None = None) -> None:
        """Checks one batch. ``groups`` are its sites and months if the caller has them already."""
        groups = groups or self.grouper.of(batch)
        self.rows += batch.num_rows
        if self._names is None:
            self._groupings = tuple(name for name in (SITE, TIME) if name in batch.schema.names)
            self._names = tuple(name for name in batch.schema.names if not name.startswith(RESERVED))
        uncast = self._uncast(batch, groups)
        columns: dict[str, pa.Array] = {}
        for column in self.contract.columns:
            if column.name not in self._names:
                continue
            array = conform(batch.column(column.name), column.kind)
            if array is None:
                self._counts[rules.DTYPE, column.name].add(groups)
                continue
            columns[column.name] = array
            self._missing(column, array, groups, uncast.get(column.name))
        for unique in self._uniques:
            if unique.log is not None and all(name in columns for name in unique.columns):
                unique.log.append(hash_columns([columns[name] for name in unique.columns]))
        failing: dict[tuple[str, str], Mask] = {}
        for rule, name, mask in (*self._fast(columns), *self._slow(columns, batch)):
            key = (rule, name)
            failing[key] = failing[key] | mask if key in failing else mask
        for key, mask in failing.items():
            self._counts[key].add(groups, mask)

    def _uncast(self, batch: pa.RecordBatch, groups: RowGroups) -> dict[str, Mask]:
        """Counts cells that ingest could not read; gives the rows by column, for they are not *missing*."""
        if UNCAST not in batch.schema.names:
            return {}
        lists = batch.column(UNCAST)
        if lists.null_count == len(lists):
            return {}
        names = lists.flatten()
        parents = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)
        found = {}
        for name in sorted(set(names.to_pylist()) & set(self.contract.names)):
            mask = np.zeros(batch.num_rows, np.bool_)
            mask[parents[pc.equal(names, name).to_numpy(zero_copy_only=False)]] = True
            self._counts[rules.DTYPE, name].add(groups, mask)
            found[name] = mask
        return found

    def _missing(self, column: ContractColumn, array: pa.Array, groups: RowGroups, uncast: Mask | None) -> None:
        if array.null_count and not column.nullable:
            missing = array.is_null().to_numpy(zero_copy_only=False)
            self._counts[rules.NULLABLE, column.name].add(groups, missing if uncast is None else missing & ~uncast)

    def _fast(self, columns: dict[str, pa.Array]) -> Iterator[tuple[str, str, Mask]]:
        for name, array in columns.items():
            for check, kernel in self._kernels[name]:
                mask = kernel(array)
                if mask is not None:
                    yield rule_of(check), name, mask

    def _slow(self, columns: dict[str, pa.Array], batch: pa.RecordBatch) -> Iterator[tuple[str, str, Mask]]:
        if not self._own or not batch.num_rows:
            return
        frame = Frame(self.contract, columns, batch)
        for own in self._own:
            if own.column is None or own.column.name in columns:
                mask = own.failing(frame)
                if mask is not None:
                    yield own.rule, own.name, mask

    @property
    def again(self) -> tuple[str, ...]:
        """The columns that a second pass must read to place duplicates; empty when there are none."""
        for unique in self._uniques:
            if unique.log is not None:
                unique.repeated = unique.log.repeated()
                unique.log = None
        names = [name for unique in self._uniques if unique.repeated for name in unique.columns]
        return (*dict.fromkeys(names), *self._groupings) if names else ()

    def look_again(self, batch: pa.RecordBatch, groups: RowGroups | None = None) -> None:
        """Places the duplicates of one batch; batches come in the same order as before."""
        groups = groups or self.grouper.of(batch)
        for unique in self._uniques:
            if not unique.repeated:
                continue
            arrays = []
            for name in unique.columns:
                column = self.contract.column(name)
                assert column is not None
                arrays.append(conform(batch.column(name), column.kind))
            mask = unique.repeated.failing(hash_columns(arrays))
            self._counts[rules.UNIQUE, unique.label].add(groups, mask)

    def outcome(self) -> Outcome:
        """The counts. Call it after both passes."""
        present = self._names if self._names is not None else ()
        counts = [*shape(self.contract, present, self.rows)]
        reasons = {(own.rule, own.name): own.reason for own in self._own if own.reason}
        together = {unique.label: unique.columns for unique in self._uniques}
        for (rule, name), found in self._counts.items():
            parts = together.get(name, (name,)) if rule == rules.UNIQUE else (name,)
            if name and not all(part in present for part in parts):
                continue  # *required* has told
            reason = reasons.get((rule, name), "")
            counts.append(
                RuleCount(
                    rule,
                    name,
                    self.rows,
                    None if reason else found.total,
                    self.grouper.by_site(found),
                    self.grouper.by_month(found),
                    reason,
                    (rule, name) in self._advisory,
                )
            )
        return Outcome(self.rows, tuple(counts))


def _compile(contract: Contract) -> dict[str, list[tuple[Check, Kernel]]]:
    kernels: dict[str, list[tuple[Check, Kernel]]] = {}
    for column in contract.columns:
        made = [(check, compile_check(check, column)) for check in column.checks]
        kernels[column.name] = [(check, kernel) for check, kernel in made if kernel is not None]
    return kernels


def check(contract: Contract, open_table: Opener) -> Outcome:
    """Checks a table that can be opened again; both passes."""
    checker = Checker(contract)
    for batch in open_table(None):
        checker.look(batch)
    again = checker.again
    if again:
        for batch in open_table(again):
            checker.look_again(batch)
    return checker.outcome()
