"""Parts of a snapshot as pandas frames whose types never depend on the values that a part happens to hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from wardround.contract import Contract
from wardround.errors import EnvironmentFailure, UsageError
from wardround.project.sections import Columns

ENCOUNTER, SUBJECT, TIME, SITE = "wr_encounter", "wr_subject", "wr_time", "wr_site"
#: Columns of the snapshot that no feature may see, whatever the contract says.
LABELS = ("wr_outcome", "wr_uncast")

_TYPES = {
    pa.int64(): pd.Int64Dtype(),
    pa.int32(): pd.Int64Dtype(),
    pa.int8(): pd.Int64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
    pa.string(): pd.StringDtype(na_value=np.nan),
    pa.large_string(): pd.StringDtype(na_value=np.nan),
}


def part_paths(directory: Path, *, made_by: str) -> list[Path]:
    """The parts in order. Raises :class:`UsageError` when there are none."""
    paths = sorted(directory.glob("part-*.parquet"))
    if not paths:
        raise UsageError(
            f"there is no {directory.name}",
            where=str(directory),
            wanted="part-00000.parquet and so on",
            next=f"run `wardround stage {made_by}` first, or `dvc repro`",
        )
    return paths


def read_table(path: Path, columns: list[str] | None = None) -> pa.Table:
    """A part as an Arrow table; a damaged file is explained."""
    try:
        return parquet.read_table(path, columns=columns, partitioning=None)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise EnvironmentFailure(
            "the part cannot be read: the file is damaged or cut off",
            where="/".join(path.parts[-3:]),
            found=type(error).__name__,
            next="fetch or make it again: dvc checkout, or dvc repro --force on its stage",
        ) from error


def encounters(table: pa.Table, withheld: tuple[str, ...] = ()) -> pd.DataFrame:
    """What the team's features see: the part without the ``withheld`` columns, rows numbered from 0.

    Whole numbers are Int64, truth values boolean, text str, dates datetime64[us], others float64, with or without missing values.
    """
    kept = table.select([name for name in table.column_names if name not in withheld])
    frame: pd.DataFrame = kept.replace_schema_metadata(None).to_pandas(types_mapper=_TYPES.get)
    return frame


def withheld(columns: Columns, contract: Contract) -> tuple[str, ...]:
    """The columns that say the outcome or are known only after it, sorted.

    They are kept from the team's features altogether, so that a new name cannot hide one.
    """
    after = {column.name for column in contract.columns if column.known_at == "outcome"}
    named = {name for name in (columns.outcome, columns.outcome_time) if name}
    return tuple(sorted({*LABELS, *after, *named}))
