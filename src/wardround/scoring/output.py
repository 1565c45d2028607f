"""Answers as tables: what the caller gets, and what the prediction log keeps."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wardround.contract import Kind
from wardround.monitoring.predictions import Header
from wardround.monitoring.predictions.line import INPUT, logged
from wardround.scoring.answering import Answered
from wardround.scoring.holding import ROW
from wardround.service.engine import Engine

_TEXTS = pa.list_(pa.field("element", pa.string()))
#: Bytes that SHA-256 takes at a time.
_BLOCK = 64


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
            "id": pa.array(self._ids(rows), pa.string(), mask=~given),
            "probability": pa.array(answered.probability, pa.float64(), mask=~given),
        }
        for threshold in self.engine.params.evaluate.thresholds:
            columns[f"alert_{threshold:g}"] = pa.array(answered.probability >= threshold, pa.bool_(), mask=~given)
        columns["warnings"] = _lists(answered.warnings)
        columns["refused"] = _lists(answered.reasons)
        columns["model_version"] = _all(self.engine.version, len(rows))
        columns["contract_version"] = _all(self.engine.contract_version, len(rows))
        return pa.table(columns)

    def log(self, answered: Answered, now: dt.datetime) -> pa.Table:
        """The lines of the prediction log, as a segment of the service's becomes them: of what was answered alone."""
        place = np.flatnonzero(np.isfinite(answered.probability))
        rows = answered.rows.take(pa.array(place))
        probability = answered.probability[place]
        header = self.header
        columns = self.engine.params.data.columns
        made: dict[str, pa.Array] = {
            "id": pa.array(self._ids(rows), pa.string()),
            "answered_at": pa.repeat(pa.scalar(now, pa.timestamp("us", tz="UTC")), len(rows)),
            "asked": _all("score", len(rows)),
            "probe": pa.repeat(pa.scalar(value=False), len(rows)),
            "subject": self._keyed("subject", rows, columns.subject),
            "encounter": self._keyed("encounter", rows, columns.encounter),
            "earlier": pa.array(answered.earlier[place], pa.int64()),
            "probability": pa.array(probability, pa.float64()),
            "alert": pa.array(probability >= header.thresholds[0], pa.bool_()),
            "warnings": pa.array([answered.warnings[row] for row in place.tolist()], pa.list_(pa.string())),
        }
        for name in ("model_version", "contract_version", "stage"):
            made[name] = _all(getattr(header, name), len(rows))
        made["thresholds"] = pa.repeat(pa.scalar(list(header.thresholds), pa.list_(pa.float64())), len(rows))
        for name, kind in header.inputs:
            values = rows.column(name)
            made[INPUT + name] = values.cast(pa.timestamp("us")) if kind is Kind.DATETIME else values
        return pa.table(made)

    def _ids(self, rows: pa.Table) -> list[str]:
        return [f"{self.run}{number:08x}" for number in rows.column(ROW).to_pylist()]

    def _keyed(self, kind: Literal["subject", "encounter"], rows: pa.Table, name: str | None) -> pa.Array:
        """As :func:`wardround.monitoring.predictions.keyed` for each row, each distinct value once."""
        if name is None:
            return pa.nulls(len(rows), pa.string())
        encoded = rows.column(name).combine_chunks().dictionary_encode()
        levels = keyed_all(self.key, kind, [str(value) for value in encoded.dictionary.to_pylist()])
        return pa.array(levels, pa.string()).take(encoded.indices)


def keyed_all(key: bytes, kind: Literal["subject", "encounter"], values: Sequence[str]) -> list[str]:
    """As :func:`wardround.monitoring.predictions.keyed` of each: the key's own blocks of HMAC (RFC 2104) are hashed once for all."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + kind.encode() + b"\0")
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
    found = []
    for value in values:
        first, second = inner.copy(), outer.copy()
        first.update(value.encode())
        second.update(first.digest())
        found.append(second.hexdigest())
    return found


def _all(text: str, rows: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), rows)


def _lists(values: Sequence[Any]) -> pa.Array:
    """Lists of texts; null for an empty one."""
    return pa.array([value or None for value in values], _TEXTS)


def counts(answered: Answered, threshold: float) -> dict[str, Any]:
    """What a summary tells of a part. ``refused`` counts rows by their first reason."""
    given: NDArray[np.bool_] = np.isfinite(answered.probability)
    refused: dict[str, int] = {}
    for reasons in answered.reasons:
        if reasons:
            refused[reasons[0]] = refused.get(reasons[0], 0) + 1
    return {
        "rows": len(given),
        "answered": int(given.sum()),
        "alerts": int((answered.probability[given] >= threshold).sum()),
        "warned": sum(bool(item) for item in answered.warnings),
        "refused": dict(sorted(refused.items())),
    }
