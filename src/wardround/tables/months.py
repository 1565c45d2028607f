"""Calendar months of Arrow timestamps, as small numbers that count fast."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

#: The number of a row without a time.
NO_MONTH = int(np.iinfo(np.int32).min)


def months(column: pa.Array) -> NDArray[np.int32]:
    """Months since 1970-01 of an Arrow timestamp array; null becomes :data:`NO_MONTH`."""
    unit = column.type.unit
    stamps = column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False).view(f"datetime64[{unit}]")
    numbers: NDArray[np.int32] = stamps.astype("datetime64[M]").astype(np.int32)
    if column.null_count:
        numbers[column.is_null().to_numpy(zero_copy_only=False)] = NO_MONTH
    return numbers


def month_name(number: int) -> str:
    """``2024-03`` for 650."""
    return str(np.datetime64(number, "M"))
