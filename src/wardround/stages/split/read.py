"""The few columns of the snapshot that the split needs, part by part, with subjects as codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from wardround.errors import UsageError
from wardround.tables import stable_hash

_NEEDED = ("wr_encounter", "wr_subject", "wr_outcome")


@dataclass(frozen=True)
class Rows:
    """The snapshot in snapshot order.

    ``subject`` codes run from 0 in order of appearance; a subject lies in one part, so codes need no table. ``time`` is in
    microseconds (``dated``) or the time column's own integers, and None without a time column. ``labelled`` and ``timed`` say where
    outcome and time are known; ``treated`` who was treated because of an alert, where such encounters are left out.
    """

    subject: NDArray[np.int64]
    outcome: NDArray[np.int8]
    labelled: NDArray[np.bool_]
    time: NDArray[np.int64] | None
    timed: NDArray[np.bool_]
    dated: bool
    draw: NDArray[np.uint64]
    treated: NDArray[np.bool_] | None = None

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Which encounters may be in a split."""
        known = self.labelled & self.timed
        return known if self.treated is None else known & ~self.treated


def parts(snapshot: Path) -> list[Path]:
    """The snapshot's files in order; :class:`UsageError` when there are none."""
    found = sorted(snapshot.glob("part-*.parquet"))
    if not found:
        raise UsageError(
            "there is no snapshot",
            where=str(snapshot.name),
            wanted="part-*.parquet files",
            next="run `wardround stage ingest`",
        )
    return found


def columns_of(path: Path, names: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    """Some columns of one part, batch by batch; a damaged part is a :class:`UsageError`."""
    try:
        with parquet.ParquetFile(path) as file:
            yield from file.iter_batches(columns=list(names))
    except (pa.ArrowInvalid, OSError) as error:
        raise UsageError(
            "a part of the snapshot is damaged", where=path.name, next="run `wardround stage ingest` again"
        ) from error


def read_rows(snapshot: Path, seed: int, *, drawn: bool = False) -> Rows:
    """Reads all parts; memory holds about 30 bytes an encounter and the identifiers of one batch.

    Subjects are hashed (``draw``) without a time column, or when ``drawn`` asks for it.
    """
    files = parts(snapshot)
    with parquet.ParquetFile(files[0]) as file:
        kinds = file.schema_arrow
    has_time = "wr_time" in kinds.names
    dated = has_time and pa.types.is_timestamp(kinds.field("wr_time").type)
    names = ("wr_subject", "wr_outcome", *(("wr_time",) if has_time else ()))
    subject, outcome, labelled, time, timed, draw = [], [], [], [], [], []
    code, previous = -1, None
    for path in files:
        for batch in columns_of(path, names):
            ids = batch.column("wr_subject")
            changed = _changes(ids, previous)
            subject.append(code + np.cumsum(changed))
            code, previous = int(subject[-1][-1]), ids[-1].as_py()
            label = batch.column("wr_outcome")
            outcome.append(label.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int8))
            labelled.append(~label.is_null().to_numpy(zero_copy_only=False))
            if has_time:
                moment = batch.column("wr_time")
                whole = moment.cast(pa.int64())
                time.append(whole.fill_null(0).to_numpy(zero_copy_only=False))
                timed.append(~moment.is_null().to_numpy(zero_copy_only=False))
            if drawn or not has_time:
                draw.append(stable_hash(ids, seed))
    known = np.concatenate(labelled)
    return Rows(
        subject=np.concatenate(subject),
        outcome=np.concatenate(outcome),
        labelled=known,
        time=np.concatenate(time) if has_time else None,
        timed=np.concatenate(timed) if has_time else np.ones(len(known), np.bool_),
        dated=dated,
        draw=np.concatenate(draw) if draw else np.zeros(0, np.uint64),
    )


def read_treated(snapshot: Path, column: str) -> NDArray[np.bool_]:
    """Where a column of the snapshot is true (or above 0), in snapshot order; where it is empty, it is not.

    Raises :class:`UsageError` when the snapshot has no such column, or it holds words.
    """
    files = parts(snapshot)
    kind = parquet.read_schema(files[0])
    if column not in kind.names or not (
        pa.types.is_boolean(kind.field(column).type)
        or pa.types.is_integer(kind.field(column).type)
        or pa.types.is_floating(kind.field(column).type)
    ):
        raise UsageError(
            "nobody can tell who was treated because of an alert",
            where=f"data/snapshot: {column}",
            wanted="a column of true and false, or of numbers",
            found="no such column" if column not in kind.names else str(kind.field(column).type),
            next="correct the name in params.yaml (monitor.retrain.treated, split.untreated), or declare the column in the contract",
        )
    found = []
    for path in files:
        for batch in columns_of(path, (column,)):
            values = batch.column(0)
            numbers = values.cast(pa.int8()) if pa.types.is_boolean(values.type) else values
            found.append(np.asarray(numbers.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False)) > 0)
    return np.concatenate(found)


def _changes(ids: pa.Array, previous: str | None) -> NDArray[np.int64]:
    """1 where a row's subject differs from the row before: rows of a subject stand together."""
    import pyarrow.compute as pc

    changed = np.ones(len(ids), np.int64)
    if len(ids) > 1:
        changed[1:] = pc.not_equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)
    changed[0] = previous is None or ids[0].as_py() != previous
    return changed


NEEDED = _NEEDED
