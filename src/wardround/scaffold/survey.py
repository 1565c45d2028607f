"""One streamed look at the whole table: exact facts of every column, and a sample of rows for what needs rows.

Memory does not grow with the rows, but for 8 bytes a row to find repeated rows, and 8 bytes for each column that is still
without a repeated value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from wardround.scaffold.facts import MOST_LEVELS, Facts
from wardround.scaffold.outcome import Exclusion, Label, Labels
from wardround.tables.hashing import mix, stable_hash

#: The sample holds about this many rows, fewer in a wide table. Project choice: an AUROC is then known to about 0.002.
_SAMPLE_ROWS = 200_000
_SAMPLE_CELLS = 20_000_000
_FEWEST_ROWS = 5_000


@dataclass
class ColumnSurvey:
    """What is known of a column. ``levels`` (text -> count) is None when there are too many; ``unique``: no value twice."""

    name: str
    facts: Facts = field(default_factory=Facts)
    levels: Counter[str] | None = field(default_factory=Counter)
    unique: bool = True
    _hashes: list[NDArray[np.uint64]] = field(default_factory=list)

    def add(self, texts: NDArray[np.object_], counts: NDArray[np.int64], hashes: NDArray[np.uint64], rows: int) -> None:
        """Adds the distinct texts of a batch, blank ones left out."""
        self.facts.rows += rows
        self.facts.blank += rows - int(counts.sum())
        if self.unique:
            if len(counts) and int(counts.max()) > 1:
                self.unique, self._hashes = False, []
            else:
                self._hashes.append(hashes)
        if self.levels is None:
            self.facts.add(texts, counts)
            return
        for text, count in zip(texts, counts, strict=True):
            self.levels[text.strip()] += int(count)
        if len(self.levels) > MOST_LEVELS:
            self._describe()
            self.levels = None

    def finish(self) -> None:
        """Draws the conclusions that need all batches."""
        if self.levels is not None:
            self._describe()
        if self.unique:
            together = np.concatenate(self._hashes) if self._hashes else np.array([], np.uint64)
            self.unique = len(np.unique(together)) == len(together) and len(together) > 0
            self._hashes = []

    def _describe(self) -> None:
        assert self.levels is not None
        if self.levels:
            self.facts.add(np.array(list(self.levels), dtype=object), np.array(list(self.levels.values()), np.int64))


@dataclass(frozen=True)
class Survey:
    """The table as a whole. ``sample`` holds text columns (null: blank) of eligible rows; ``sample_outcome`` (n,) is 0, 1 or -1."""

    columns: dict[str, ColumnSurvey]
    rows: int
    eligible: int
    repeated_rows: int
    labels: Labels
    sample: pd.DataFrame
    sample_outcome: NDArray[np.int8]


def survey(batches: Iterable[pa.RecordBatch], names: tuple[str, ...], label: Label, exclusion: Exclusion) -> Survey:
    """Reads text batches (every column a string, in the order of ``names``) to their end."""
    columns = {name: ColumnSurvey(name) for name in names}
    labels = Labels(label)
    sample = _Sample(max(_FEWEST_ROWS, min(_SAMPLE_ROWS, _SAMPLE_CELLS // max(1, len(names)))))
    row_hashes: list[NDArray[np.uint64]] = []
    rows = eligible = 0
    for batch in batches:
        combined = np.zeros(batch.num_rows, np.uint64)
        kept = np.ones(batch.num_rows, dtype=bool)
        outcome = np.zeros(0, np.int8)
        for position, name in enumerate(names):
            encoded = batch.column(position).fill_null("").dictionary_encode()
            texts = encoded.dictionary.to_numpy(zero_copy_only=False)
            where = encoded.indices.to_numpy(zero_copy_only=False)
            hashes = stable_hash(encoded.dictionary, position)
            with np.errstate(over="ignore"):
                combined = mix(combined + hashes[where])
            counts = np.bincount(where, minlength=len(texts)).astype(np.int64)
            filled = np.array([bool(text.strip()) for text in texts], dtype=bool)
            columns[name].add(texts[filled], counts[filled], hashes[filled], batch.num_rows)
            if name in exclusion.wanted:
                kept &= ~exclusion.matches(name, texts)[where]
            if name == label.column:
                outcome = where
                outcome_texts = texts
        row_hashes.append(combined)
        rows += batch.num_rows
        eligible += int(kept.sum())
        outcome = labels.add(outcome_texts, outcome, kept)
        sample.add(batch, outcome, kept)
    for column in columns.values():
        column.finish()
    distinct = len(np.unique(np.concatenate(row_hashes))) if row_hashes else 0
    frame, codes = sample.finish(names, labels)
    return Survey(columns, rows, eligible, rows - distinct, labels, frame, codes)


class _Sample:
    """Every k-th eligible row; k doubles when the sample grows too large. The same for the same file on every machine."""

    def __init__(self, most: int) -> None:
        self._most, self._stride, self._seen = most, 1, 0
        self._kept: list[tuple[NDArray[np.int64], pa.RecordBatch, NDArray[np.int8]]] = []
        self._size = 0

    def add(self, batch: pa.RecordBatch, outcome: NDArray[np.int8], kept: NDArray[np.bool_]) -> None:
        places = np.flatnonzero(kept)
        numbers = self._seen + np.arange(len(places))
        self._seen += len(places)
        chosen = numbers % self._stride == 0
        self._keep(numbers[chosen], batch.take(pa.array(places[chosen])), outcome[places[chosen]])
        while self._size > 2 * self._most:
            self._stride *= 2
            before, self._kept, self._size = self._kept, [], 0
            for old, part, codes in before:
                again = old % self._stride == 0
                self._keep(old[again], part.filter(pa.array(again)), codes[again])

    def _keep(self, numbers: NDArray[np.int64], batch: pa.RecordBatch, outcome: NDArray[np.int8]) -> None:
        if len(numbers):
            self._kept.append((numbers, batch, outcome))
            self._size += len(numbers)

    def finish(self, names: tuple[str, ...], labels: Labels) -> tuple[pd.DataFrame, NDArray[np.int8]]:
        def texts(position: int) -> Iterator[pa.Array]:
            return (batch.column(position) for _, batch, _ in self._kept)

        frame = pd.DataFrame(
            {
                name: _stripped(pa.chunked_array(list(texts(position)), pa.string()))
                for position, name in enumerate(names)
            }
        )
        outcome = np.concatenate([codes for *_, codes in self._kept]) if self._kept else np.zeros(0, np.int8)
        return frame, labels.decode(outcome)


def _stripped(column: pa.ChunkedArray) -> pd.Categorical:
    """The texts as a pandas categorical, blanks as missing: small, and quick to group."""
    encoded = column.fill_null("").combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    texts = pd.Series(encoded.dictionary.to_numpy(zero_copy_only=False), dtype=object).str.strip()
    codes, levels = pd.factorize(texts.where(texts != ""))
    return pd.Categorical.from_codes(codes[encoded.indices.to_numpy(zero_copy_only=False)], categories=levels)
