"""The rows of one part as whole subjects, in the order of a snapshot, and what one row's faults mean for the rows after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wardround.contract import Contract
from wardround.contract.unique import hash_column
from wardround.project.sections import Columns
from wardround.scoring.arranging import arranged
from wardround.scoring.coding import Levels, decoded
from wardround.scoring.hashing import text_hashes
from wardround.scoring.holding import ANSWERED, EXCLUDED, WRONG, owners
from wardround.stages.features import frames

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Subjects:
    """Rows sorted by ``owner``, time and encounter. ``reasons`` are those of rows that are not answered; ``group`` numbers subjects.

    ``known_time`` is False where a row does not say when it was, so that it may be earlier than any other of its subject.
    """

    table: pa.Table
    owner: pa.Array
    group: NDArray[np.int64]
    first: NDArray[np.int64]
    known_time: Mask
    reasons: dict[int, list[str]]

    @classmethod
    def of(cls, rows: pa.Table, columns: Columns, levels: Mapping[str, Levels]) -> Self:
        """From the rows of a part as they came, coded by ``levels``. A row of the history that is to be answered, too, stands once."""
        table, owner = _once(rows, owners(rows, columns.subject), columns.encounter)
        order, group, first = arranged(table, owner, [name for name in (columns.time, columns.encounter) if name])
        table = decoded(table.take(order), levels)
        wrong = table.column(WRONG).combine_chunks()
        bad = np.flatnonzero(wrong.is_valid().to_numpy(zero_copy_only=False))
        reasons = dict(zip(bad.tolist(), wrong.take(pa.array(bad)).to_pylist(), strict=True))
        known = np.ones(len(table), np.bool_)
        if columns.time is not None:
            known = table.column(columns.time).is_valid().to_numpy(zero_copy_only=False).copy()
            doubted = [
                row for row, said in reasons.items() if any(text.startswith(f"{columns.time}: ") for text in said)
            ]
            known[doubted] = False
        return cls(table, owner.take(order), group, first, known, reasons)

    def __len__(self) -> int:
        return len(self.group)

    @property
    def good(self) -> Mask:
        """Rows without a fault of their own."""
        mask = np.ones(len(self), np.bool_)
        mask[list(self.reasons)] = False
        return mask

    @property
    def answered(self) -> Mask:
        """Rows that somebody wants an answer for."""
        mask: Mask = self.table.column(ANSWERED).to_numpy()
        return mask

    def with_reasons(self, more: dict[int, list[str]]) -> Subjects:
        """The same rows with more faults."""
        return replace(
            self, reasons={row: [*self.reasons.get(row, ()), *more.get(row, ())] for row in {*self.reasons, *more}}
        )

    def after_faults(self) -> Subjects:
        """A row after a fault of its subject cannot be answered: its history is not known. An excluded row is no history."""
        ours = {row: said for row, said in self.reasons.items() if not said[0].endswith(f": {EXCLUDED}")}
        from_row: dict[int, tuple[int, list[str]]] = {}
        for row in sorted(ours):
            group = int(self.group[row])
            begin = row + 1 if self.known_time[row] else int(self.first[group])
            if group not in from_row or begin < from_row[group][0]:
                from_row[group] = (begin, [f"history.{text}" for text in ours[row]])
        more: dict[int, list[str]] = {}
        for group, (begin, said) in from_row.items():
            end = int(self.first[group + 1]) if group + 1 < len(self.first) else len(self)
            more |= {row: said for row in range(begin, end) if row not in self.reasons}
        return self.with_reasons(more)

    def earlier(self, good: Mask) -> NDArray[np.int64]:
        """For each row how many good ones of its subject stand before it."""
        before = np.concatenate([[0], np.cumsum(good)[:-1]]) if len(good) else np.zeros(0, np.int64)
        return np.asarray(before - before[self.first[self.group]] if len(good) else before, dtype=np.int64)

    def repeated(self, contract: Contract) -> dict[int, list[str]]:
        """Rows with a value that should be there once and stands several times within the subjects of the part."""
        found: dict[int, list[str]] = {}
        good = self.good
        for column in contract.columns:
            if not column.unique or column.name not in self.table.column_names:
                continue
            values = self.table.column(column.name).combine_chunks()
            asked = values if not self.reasons else values.filter(pa.array(good))
            hashes = np.sort(
                text_hashes(asked) if asked.type == pa.string() and not asked.null_count else hash_column(asked)
            )
            if not (hashes[1:] == hashes[:-1]).any():
                continue  # clean data are the rule, and equal values have equal hashes
            codes = values.dictionary_encode().indices
            known = codes.is_valid().to_numpy(zero_copy_only=False) & good
            numbers = codes.fill_null(0).to_numpy(zero_copy_only=False)
            twice = np.bincount(numbers[known], minlength=int(numbers.max(initial=0)) + 1) > 1
            for row in np.flatnonzero(known & twice[numbers]).tolist():
                found.setdefault(row, []).append(f"{column.name}: unique")
        return found


def _once(rows: pa.Table, owner: pa.Array, encounter: str | None) -> tuple[pa.Table, pa.Array]:
    answered = rows.column(ANSWERED).combine_chunks()
    if encounter is None or pc.all(answered).as_py() is not False:
        return rows, owner
    names = rows.column(encounter).combine_chunks().cast(pa.string())
    told = pc.binary_join_element_wise(owner, names, "\0")
    again = pc.fill_null(pc.is_in(told, value_set=told.filter(answered), skip_nulls=True), fill_value=False)
    kept = pc.or_(answered, pc.invert(again))
    return rows.filter(kept), owner.filter(kept)


def frame_table(table: pa.Table, owner: pa.Array, columns: Columns) -> pa.Table:
    """The contract's columns with the reserved ones of a snapshot, for the frame that ``build`` is given."""
    made = table.drop_columns([name for name in table.column_names if name.startswith("wr_")])
    text = {name: table.column(name).cast(pa.string()) for name in (columns.encounter, columns.site) if name}
    rows = pc.binary_join_element_wise("row-", table.column("wr_row").cast(pa.string()), "")
    own = text.get(columns.encounter or "")
    made = made.append_column(frames.ENCOUNTER, rows if own is None else pc.coalesce(own, rows))
    made = made.append_column(frames.SUBJECT, owner)
    if columns.time is not None:
        made = made.append_column(frames.TIME, table.column(columns.time))
    if columns.site is not None:
        made = made.append_column(frames.SITE, text[columns.site])
    return made
