"""The histogram holds every value, wherever on the line of doubles it lies."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa

from wardround.profile import ColumnSpec, profile_batches
from wardround.profile.buckets import key_of


def test_no_bucket_is_overlooked() -> None:
    rng = np.random.default_rng(8)
    spread = rng.normal(size=2000) * 10.0 ** rng.integers(-300, 300, 2000)
    special = [0.0, -0.0, 5e-324, -5e-324, 2.2e-308, -2.2e-308, 1.7e308, -1.7e308, 1.0, -1.0]
    values = np.concatenate([spread, -spread[:500], special, special])
    found = profile_batches([ColumnSpec("x", "float")], pa.table({"x": values}).to_batches(max_chunksize=700))
    assert found.columns[0].numbers is not None
    assert found.columns[0].numbers.histogram == dict(Counter(key_of(float(value)) for value in values))
    assert [*found.columns[0].numbers.histogram] == sorted(found.columns[0].numbers.histogram)
