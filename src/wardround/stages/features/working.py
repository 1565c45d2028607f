"""One partition of the features stage: read, build, probe, write. Runs in a worker, so it takes and returns plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from wardround.files import sha256_file
from wardround.stages.features import frames
from wardround.stages.features.building import Builder, spec_of
from wardround.stages.features.probe import PartProbe, ProbeRequest, probe


@dataclass(frozen=True)
class PartRequest:
    """What a worker needs: the snapshot's part, where its features go, the team's code and settings, and the probe's share."""

    source: Path
    target: Path
    code: Path
    settings: Mapping[str, Any]
    withheld: tuple[str, ...]
    probe: ProbeRequest


@dataclass(frozen=True)
class ColumnResult:
    """One feature of one part. ``low`` and ``high`` are the smallest and largest number or code, None if all are missing."""

    name: str
    categories: tuple[str, ...] | None
    missing: int
    low: float | None
    high: float | None


@dataclass(frozen=True)
class PartResult:
    """What a worker made. ``columns`` is None for a part without rows, for which the team's code is not asked."""

    name: str
    rows: int
    digest: str
    columns: tuple[ColumnResult, ...] | None
    probe: PartProbe


def build_part(request: PartRequest) -> PartResult:
    """Builds, checks, probes and writes the features of one part."""
    table = frames.read_table(request.source)
    digest = sha256_file(request.source)
    if not table.num_rows:
        return PartResult(request.source.name, 0, digest, None, PartProbe())
    builder = Builder.load(request.code, request.settings, request.withheld)
    encounters = frames.encounters(table, request.withheld)
    features = builder.build(encounters)
    write(features, request.target)
    columns = tuple(_summary(features[name]) for name in features.columns)
    found = probe(builder, encounters, features, request.probe)
    return PartResult(request.source.name, table.num_rows, digest, columns, found)


def _summary(column: pd.Series[Any]) -> ColumnResult:
    name = str(column.name)
    if isinstance(column.dtype, pd.CategoricalDtype):
        present = column.cat.codes[column.cat.codes >= 0]
        categories: tuple[str, ...] | None = tuple(column.cat.categories)
    else:
        present, categories = column.dropna(), None
    ends = (float(present.min()), float(present.max())) if len(present) else (None, None)
    return ColumnResult(name, categories, len(column) - len(present), *ends)


def write(features: pd.DataFrame, path: Path) -> None:
    """Writes features as Parquet, the same bytes for the same features: numbers as double, categories as text."""
    spec = spec_of(features)
    arrays = [
        pa.array(features[name].astype(object).where(features[name].notna(), None), pa.string())
        if name in spec.categorical
        else pa.array(features[name].to_numpy(), pa.float64(), from_pandas=True)
        for name in spec.names
    ]
    schema = pa.schema([(name, array.type) for name, array in zip(spec.names, arrays, strict=True)])
    parquet.write_table(pa.table(arrays, schema=schema), path, compression="zstd", version="2.6")


def write_empty(columns: tuple[ColumnResult, ...], path: Path) -> None:
    """The features of a part without encounters."""
    schema = pa.schema([(item.name, pa.float64() if item.categories is None else pa.string()) for item in columns])
    parquet.write_table(schema.empty_table(), path, compression="zstd", version="2.6")
