"""The histogram of quantities by group, against one number at a time."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.stages.validate.units import BUCKETS, _fill

EDGES = [0.0, -0.0, math.nan, math.inf, -math.inf, -math.nan, 5e-324, 2.0**20, 2.0**-20, np.nextafter(2.0**20, 0), -3.0]


def place(number):
    """The bucket by its definition: 16 to an octave, of equal width."""
    if number < 2.0**-20 or math.copysign(1, number) < 0:
        return 0
    if number >= 2.0**20:
        return BUCKETS - 1
    mantissa, exponent = math.frexp(number)  # mantissa in [0.5, 1)
    return 1 + (exponent - 1 + 20) * 16 + math.floor((2 * mantissa - 1) * 16)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.floats() | st.sampled_from(EDGES) | st.floats(0, 1e4), st.integers(0, 6), st.booleans()),
        max_size=80,
    ),
    st.integers(1, 500),
)
def test_each_number_is_in_its_bucket_and_group(rows, times):
    expected = np.zeros((9, BUCKETS), np.int32)
    for number, group, valid in rows:
        if valid and math.isfinite(number):
            expected[group, place(number)] += times
    numbers, groups, valid = (np.array([row[part] for row in rows] * times) for part in range(3))
    found = np.zeros((9, BUCKETS), np.int32)
    _fill(numbers.astype(float).view(np.int64), valid.astype(bool), groups.astype(np.int32), found)
    assert np.array_equal(found, expected)
