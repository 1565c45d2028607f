"""A table on its way to the parts: batch after batch held against the contract and sorted by part, on all processors."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import partial

import pyarrow as pa

from wardround.scoring.holding import Holder, owners
from wardround.scoring.source import Table
from wardround.scoring.spilling import Sorted, Spill
from wardround.scoring.together import together


def sort_into(spill: Spill, table: Table, holder: Holder, subject: str | None, tell: Callable[[int], None]) -> None:
    """Adds all rows of ``table`` to ``spill``; ``tell`` is told how many they are so far. Raises as :meth:`Table.batches` does."""

    def held(batch: pa.RecordBatch, first: int) -> Sorted:
        rows = holder(batch, first)
        return spill.sorted(rows, owners(rows, subject))

    def batches() -> Iterator[Callable[[], Sorted]]:
        first = 0
        # a table without any column of the contract still has rows, and some column tells how many
        for batch in table.batches(holder.names or table.reader.columns[:1], coded=holder.levels):
            yield partial(held, batch, first)
            first += batch.num_rows

    done = 0
    with contextlib.closing(together(batches())) as sorting:
        for rows in sorting:
            spill.add(rows)
            done += rows.rows.num_rows
            tell(done)
    table.check_same()
