"""From files to what is measured: snapshot, split and probabilities, aligned row by row, become :class:`Scored`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
from numpy.typing import NDArray

from wardround.compare.groups import SITE_COLUMN, groupings, largest_sites
from wardround.compare.tables import score_edges
from wardround.compare.types import MeasureSettings, Scored
from wardround.values import Split

if TYPE_CHECKING:
    from wardround.project.judging import EvaluateSection
    from wardround.project.params import Params

#: Whole numbers stay whole beside gaps: a group is called 2, whether or not another encounter lacks its value.
_WHOLE = {
    kind: pd.Int64Dtype()
    for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32())
}
_SEEN = (Split.TRAIN.value, Split.VALIDATION.value)


@dataclass(frozen=True)
class Rows:
    """The encounters of a snapshot directory and their split table, both in snapshot order."""

    snapshot: Path
    split: pa.Table

    @property
    def names(self) -> NDArray[np.object_]:
        """The split of each row (n,), as text."""
        return np.asarray(self.split.column("split").cast(pa.string()).to_numpy(zero_copy_only=False))

    def within(self, *splits: Split) -> NDArray[np.bool_]:
        """Rows (n,) that belong to one of the splits."""
        return np.isin(self.names, [split.value for split in splits])

    def seen_by(self, split: pa.Table) -> NDArray[np.bool_]:
        """Rows (n,) whose subject stands in the training or validation part of ``split``."""
        import pyarrow.compute as pc

        used = split.filter(pc.is_in(split.column("split").cast(pa.string()), value_set=pa.array(_SEEN)))
        known = pc.unique(used.column("wr_subject").cast(pa.string()))
        subjects = self.split.column("wr_subject").cast(pa.string())
        return np.asarray(pc.is_in(subjects, value_set=known).to_numpy(zero_copy_only=False), dtype=bool)

    def columns(self, wanted: list[str], keep: NDArray[np.bool_]) -> Any:
        """The kept rows of those of the wanted columns that the snapshot has, as a pandas frame."""
        files = ds.dataset(sorted(self.snapshot.glob("part-*.parquet")), format="parquet")
        present = set(files.schema.names)
        names = [name for name in dict.fromkeys(wanted) if name in present]
        return files.to_table(columns=names).filter(pa.array(keep)).to_pandas(types_mapper=_WHOLE.get)


def scored(
    rows: Rows, probabilities: tuple[NDArray[np.float64], ...], mask: NDArray[np.bool_], section: EvaluateSection
) -> tuple[Scored, tuple[NDArray[np.float64], ...]]:
    """The masked rows with groups, scored by the first of ``probabilities`` (each (n,)), and all of them for these rows.

    Rows without an outcome, or without one of the probabilities, are left out.
    """
    outcome = np.asarray(rows.split.column("wr_outcome").to_numpy(zero_copy_only=False), dtype=float)
    keep = mask & ~np.isnan(outcome)
    for probability in probabilities:
        keep &= ~np.isnan(probability)
    frame = rows.columns([*(group.column for group in section.subgroups), "wr_site", "wr_time"], keep)
    subjects = rows.split.column("wr_subject").combine_chunks().filter(pa.array(keep)).cast(pa.string())
    kept = tuple(probability[keep] for probability in probabilities)
    return (
        Scored(
            outcome=outcome[keep].astype(np.int8),
            subject=np.asarray(subjects.dictionary_encode().indices.to_numpy(zero_copy_only=False), dtype=np.int64),
            probability=kept[0],
            groupings=groupings(frame, section.subgroups, site=SITE_COLUMN in frame.columns, sites=own_sites(rows)),
            days=days_in(frame),
        ),
        kept,
    )


def own_sites(rows: Rows) -> frozenset[str] | None:
    """The sites of the whole snapshot that are groups of their own; None: all are, or there are none."""
    frame = rows.columns([SITE_COLUMN], np.ones(len(rows.split), dtype=bool))
    return largest_sites(frame[SITE_COLUMN]) if SITE_COLUMN in frame.columns else None


def days_in(frame: Any) -> float | None:
    """Calendar days from the first to the last encounter's, both included; None where time is no date."""
    if "wr_time" not in frame.columns or frame.empty or not str(frame["wr_time"].dtype).startswith("datetime"):
        return None
    days = frame["wr_time"].dt.normalize()
    return float((days.max() - days.min()).days + 1)


def settings_of(params: Params) -> MeasureSettings:
    """How these params want things to be measured."""
    return MeasureSettings(
        thresholds=params.evaluate.thresholds,
        bin_edges=score_edges(params.evaluate.thresholds, params.evaluate.bin_edges),
        min_events=params.gate.fairness.min_events,
        interval=params.compare.interval,
        resamples=params.compare.resamples,
        influence_above=params.compare.influence_above,
        seed=params.compare.seed,
    )
