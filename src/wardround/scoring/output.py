"""Answers as tables: what the caller gets, and what the prediction log keeps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wardround.contract import Kind
from wardround.monitoring.predictions import Header
from wardround.monitoring.predictions.line import INPUT, logged
from wardround.scoring.answering import Answered
from wardround.scoring.hashing import hexadecimal, keyed_all
from wardround.scoring.holding import ROW
from wardround.service.engine import Engine

#: Columns of the output in which each row has a value of its own.
DISTINCT = ("row", "encounter", "id", "probability")
TEXTS = pa.list_(pa.field("element", pa.string()))


@dataclass(frozen=True)
class Writer:
    """Makes the tables of one run; ``run`` is the beginning of its answers' ids, ``key`` that of the log's keyed hash."""

    engine: Engine
    run: str
    stage: str
    key: bytes = b""

    @property
    def header(self) -> Header:
        """What all answers have in common in the log."""
        engine = self.engine
        keys, columns = engine.parser.keys, engine.parser.columns
        hidden = [columns[place].name for place in (keys.encounter, keys.subject) if place is not None]
        thresholds = engine.params.evaluate.thresholds
        return Header(engine.version, engine.contract_version, self.stage, thresholds, logged(columns, hidden))

    def output(self, answered: Answered) -> pa.Table:
        """One row for each encounter that was asked about, in the input's order."""
        rows = answered.rows
        given = np.isfinite(answered.probability)
        encounter = self.engine.params.data.columns.encounter
        columns: dict[str, pa.Array] = {
            "row": rows.column(ROW),
            "encounter": rows.column(encounter).cast(pa.string()) if encounter else pa.nulls(len(rows), pa.string()),
            "id": pc.if_else(pa.array(given), self._ids(rows), pa.scalar(None, pa.string())),
            "probability": pa.array(answered.probability, pa.float64(), mask=~given),
        }
        for threshold in self.engine.params.evaluate.thresholds:
            columns[f"alert_{threshold:g}"] = pa.array(answered.probability >= threshold, pa.bool_(), mask=~given)
        columns["warnings"] = lists(answered.warnings, len(rows))
        columns["refused"] = lists(answered.reasons, len(rows))
        columns["model_version"] = _all(self.engine.version, len(rows))
        columns["contract_version"] = _all(self.engine.contract_version, len(rows))
        return pa.table(columns)

    def log(self, answered: Answered, now: dt.datetime) -> pa.Table:
        """The lines of the prediction log, as a segment of the service's becomes them: of what was answered alone."""
        given = np.isfinite(answered.probability)
        rows = answered.rows if given.all() else answered.rows.filter(pa.array(given))
        probability = answered.probability[given]
        # the service writes an empty list where nothing is to be said, so that null is never one
        warnings = pc.fill_null(lists(answered.warnings, len(given)), pa.scalar([], TEXTS)).filter(pa.array(given))
        header = self.header
        columns = self.engine.params.data.columns
        made: dict[str, pa.Array] = {
            "id": self._ids(rows),
            "answered_at": pa.repeat(pa.scalar(now, pa.timestamp("us", tz="UTC")), len(rows)),
            "asked": _all("score", len(rows)),
            "probe": pa.repeat(pa.scalar(value=False), len(rows)),
            "subject": self._keyed("subject", rows, columns.subject),
            "encounter": self._keyed("encounter", rows, columns.encounter),
            "earlier": pa.array(answered.earlier[given], pa.int64()),
            "probability": pa.array(probability, pa.float64()),
            "alert": pa.array(probability >= header.thresholds[0], pa.bool_()),
            "warnings": warnings.cast(pa.list_(pa.string())),
        }
        for name in ("model_version", "contract_version", "stage"):
            made[name] = _all(getattr(header, name), len(rows))
        made["thresholds"] = pa.repeat(pa.scalar(list(header.thresholds), pa.list_(pa.float64())), len(rows))
        for name, kind in header.inputs:
            values = rows.column(name)
            if kind is Kind.DATETIME:
                values = values.cast(pa.timestamp("us"))
            elif kind is Kind.FLOAT:  # missing is NaN in a part's rows, and null in the log
                values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
            made[INPUT + name] = values
        return pa.table(made)

    def _ids(self, rows: pa.Table) -> pa.Array:
        """The run's beginning and the row's number in eight hexadecimal digits: the form of the service's ids."""
        return hexadecimal(rows.column(ROW).to_numpy().astype(">u4").view(np.uint8).reshape(-1, 4), self.run)

    def _keyed(self, kind: Literal["subject", "encounter"], rows: pa.Table, name: str | None) -> pa.Array:
        """As :func:`wardround.monitoring.predictions.keyed` for each row, each distinct value once."""
        if name is None:
            return pa.nulls(len(rows), pa.string())
        encoded = rows.column(name).combine_chunks().dictionary_encode()
        levels = keyed_all(self.key, kind, encoded.dictionary.to_pylist())
        return levels.take(encoded.indices)


def _all(text: str, rows: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), rows)


def lists(values: Mapping[int, list[str]], rows: int) -> pa.Array:
    """For each row its texts; null for the many without."""
    if not values:
        return pa.nulls(rows, TEXTS)
    sizes = np.zeros(rows, np.int64)
    sizes[list(values)] = [len(item) for item in values.values()]
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    texts = pa.array([text for _, item in sorted(values.items()) for text in item], pa.string())
    return pa.ListArray.from_arrays(pa.array(offsets), texts, type=TEXTS, mask=pa.array(sizes == 0))


def counts(answered: Answered, threshold: float) -> dict[str, Any]:
    """What a summary tells of a part. ``refused`` counts rows by their first reason."""
    given: NDArray[np.bool_] = np.isfinite(answered.probability)
    refused: dict[str, int] = {}
    for reasons in answered.reasons.values():
        refused[reasons[0]] = refused.get(reasons[0], 0) + 1
    return {
        "rows": len(given),
        "answered": int(given.sum()),
        "alerts": int((answered.probability[given] >= threshold).sum()),
        "warned": len(answered.warnings),
        "refused": dict(sorted(refused.items())),
    }
