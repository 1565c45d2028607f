"""How cells are kept between reading and the features: categories as small numbers, each text looked up once; no column with gaps.

Rows are moved twice, to their part and to their subject, and Arrow moves a column without nulls five times as fast.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wardround.contract import ContractColumn, Kind, rules
from wardround.project.sections import DataSection
from wardround.stages.ingest.casting import Wanted, cast_column
from wardround.stages.ingest.label import same_kind

Mask = NDArray[np.bool_]
#: What a code is kept as.
CODE = pa.int16()
_MOST = 32_000


@dataclass(frozen=True)
class Levels:
    """The texts of one column by code. The first ``closed`` are the contract's; those after them are only left out by ``data.exclude``."""

    texts: pa.Array
    closed: int

    def coded(self, raw: pa.Array, wanted: Wanted) -> tuple[pa.Array, list[tuple[str, Mask]]]:
        """A raw column as codes, the last one where a cell has none of :attr:`texts`; and the rows of each fault."""
        if pa.types.is_dictionary(raw.type):
            levels, _ = cast_column(raw.dictionary, wanted)
            codes = self.codes(levels).take(raw.indices).fill_null(len(self.texts))
            there = levels.is_valid().take(raw.indices)
        else:
            values, _ = cast_column(raw, wanted)
            codes, there = self.codes(values), values.is_valid()
        there = there.fill_null(False)
        known = pc.less(codes, self.closed)
        wrong = []
        if there.true_count < len(raw):
            wrong.append((rules.NULLABLE, pc.invert(there).to_numpy(zero_copy_only=False)))
        if known.true_count < there.true_count:
            wrong.append((rules.CATEGORIES, pc.and_not(there, known).to_numpy(zero_copy_only=False)))
        return codes, wrong

    def codes(self, values: pa.Array) -> pa.Array:
        """The codes of texts."""
        return pc.index_in(values, value_set=self.texts, skip_nulls=True).fill_null(len(self.texts)).cast(CODE)

    def decoded(self, codes: pa.Array) -> pa.Array:
        """The texts again."""
        return pa.concat_arrays([self.texts, pa.nulls(1, pa.string())]).take(codes)


def coding(shown: Sequence[ContractColumn], data: DataSection) -> Mapping[str, Levels]:
    """The columns that are coded: closed lists of texts. A row's own identifiers stay as they are, because answers repeat them."""
    keys = {data.columns.encounter, data.columns.subject, data.columns.time}
    found = {}
    for column in shown:
        texts = [text for text in column.categories or () if isinstance(text, str)]
        if column.kind is Kind.CATEGORY and texts and column.name not in keys:
            excluded = [same_kind(value, Wanted.of(column)) for value in data.exclude.get(column.name, ())]
            more = [value.as_py() for value in excluded if value is not None and value.as_py() not in texts]
            if len(texts) + len(more) < _MOST:
                found[column.name] = Levels(pa.array([*texts, *more], pa.string()), len(texts))
    return found


def unbroken(column: ContractColumn, data: DataSection) -> bool:
    """Whether missing cells are kept as NaN: numbers that have no other NaN, but for identifiers."""
    keys = {data.columns.encounter, data.columns.subject, data.columns.time, data.columns.site}
    return column.kind is Kind.FLOAT and column.name not in keys


def decoded(table: pa.Table, levels: Mapping[str, Levels]) -> pa.Table:
    """The table with texts for codes."""
    columns: dict[str, Any] = {name: table.column(name) for name in table.column_names}
    for name, known in levels.items():
        columns[name] = known.decoded(columns[name].combine_chunks())
    return pa.table(columns)
