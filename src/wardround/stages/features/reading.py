"""Features and split as later stages need them: a matrix, labels and subjects in snapshot order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wardround.errors import UsageError
from wardround.evidence.base import read
from wardround.evidence.features import FeaturesEvidence
from wardround.project.layout import Layout
from wardround.stages.features import frames
from wardround.stages.features.spec import FeatureSpec, encode
from wardround.values import Split


@dataclass(frozen=True)
class Table:
    """Everything that fitting needs, in snapshot order: ``outcome`` is NaN where the label is missing; ``subject`` are codes."""

    matrix: NDArray[np.float64]
    outcome: NDArray[np.float64]
    subject: NDArray[np.int64]
    split: NDArray[np.object_]

    def rows(self, split: Split) -> NDArray[np.int64]:
        """The labelled rows of a split."""
        return np.flatnonzero((self.split == str(split)) & ~np.isnan(self.outcome))


def read_evidence(layout: Layout) -> FeaturesEvidence:
    """``reports/features.json``; :class:`UsageError` when there is none."""
    found = read(FeaturesEvidence, layout.evidence("features"))
    if found.value is None:
        raise UsageError(
            "the evidence of the features stage is not to be had",
            where="reports/features.json",
            found=found.reason,
            next="run `wardround stage features`, or `dvc repro`",
        )
    return found.value


def spec_from(evidence: FeaturesEvidence) -> FeatureSpec:
    """The features that the evidence names."""
    return FeatureSpec(
        tuple(column.name for column in evidence.columns),
        {column.name: column.categories for column in evidence.columns if column.categories is not None},
    )


def read_matrix(layout: Layout, spec: FeatureSpec) -> NDArray[np.float64]:
    """``data/features`` encoded, shape (encounters, features), in snapshot order.

    Raises :class:`UsageError` when the files do not hold the features of ``spec``.
    """
    blocks = []
    for path in frames.part_paths(layout.features, made_by="features"):
        table = frames.read_table(path)
        absent = [name for name in spec.names if name not in table.column_names]
        if absent:
            raise UsageError(
                f"features are missing: {', '.join(absent)}",
                where=f"data/features/{path.name}",
                next="run `wardround stage features` again",
            )
        blocks.append(encode(frames.encounters(table), spec))
    return np.concatenate(blocks)


def read_training_table(layout: Layout, spec: FeatureSpec) -> Table:
    """Features and split side by side. Raises :class:`UsageError` when they are not about the same encounters."""
    if not layout.split.is_file():
        raise UsageError(
            "there is no split", where="data/split.parquet", next="run `wardround stage split`, or `dvc repro`"
        )
    split = frames.read_table(layout.split, ["wr_subject", "wr_outcome", "split"])
    matrix = read_matrix(layout, spec)
    if len(matrix) != split.num_rows:
        raise UsageError(
            "features and split are about different encounters",
            where="data/features, data/split.parquet",
            found="not the same number of rows",
            next="run `dvc repro`: one of them is stale",
        )
    subject = split.column("wr_subject").combine_chunks().dictionary_encode()
    subject = subject.combine_chunks() if isinstance(subject, pa.ChunkedArray) else subject
    return Table(
        matrix=matrix,
        outcome=split.column("wr_outcome").cast(pa.float64()).to_numpy(),
        subject=subject.indices.to_numpy(zero_copy_only=False).astype(np.int64),
        split=split.column("split").to_numpy().astype(object),
    )
