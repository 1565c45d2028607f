"""numpy's histogram and sums are the compiled loop's, to the bit."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.profile import ColumnSpec, builder, counting, kernels, profile_batches
from wardround.profile.buckets import KEYS
from wardround.profile.sums import EXPONENTS

EMPTY = np.frombuffer(b"\0", np.uint8)[:0]
numbers = (
    st.floats()
    | st.integers(0, 500).map(float)
    | st.sampled_from([0.0, -0.0, 5e-324, -2.3e-308, 1.7976931348623157e308])
)


def both(bits, validity, offset, times=1):
    found = []
    for loop in (counting.accumulate, kernels.accumulate):
        histogram, sums = np.zeros(2 * KEYS, np.int64), np.zeros((EXPONENTS, 8), np.uint64)
        said = [tuple(map(int, loop(bits, validity, offset, histogram, sums))) for _ in range(times)]
        found.append((said, histogram, sums))
    return found


def same(one, other):
    return one[0] == other[0] and np.array_equal(one[1], other[1]) and np.array_equal(one[2], other[2])


@settings(deadline=None)
@given(st.lists(numbers, min_size=1, max_size=60), st.integers(0, 9), st.data())
def test_any_numbers_and_any_gaps(values, offset, data):
    flags = data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)) | st.none())
    validity = EMPTY
    if flags is not None:
        validity = np.packbits([False] * offset + flags, bitorder="little")
    validity.setflags(write=False)
    bits = np.array(values).view(np.int64)
    bits.setflags(write=False)
    assert same(*both(bits, validity, offset))


@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e300])
def test_more_than_a_block_of_numbers_and_sums_that_overflow(scale):
    draw = np.random.default_rng(3)
    values = np.concatenate(
        [draw.normal(0, scale, 70_001), np.full(9_000, np.nextafter(2 * scale, 0)), [np.nan, np.inf]]
    )
    bits = draw.permutation(values).view(np.int64)
    bits.setflags(write=False)
    one, other = both(bits, EMPTY, 0, times=3)
    assert same(one, other)
    assert one[2][:, [3, 5, 7]].any(), "no sum overflowed: the test shows less than it says"


def test_a_table_that_outgrows_numpy_is_counted_alike(monkeypatch):
    draw = np.random.default_rng(4)
    table = pa.table({"x": draw.normal(size=5_000), "n": draw.poisson(3, 5_000)})
    specs = [ColumnSpec("x", "float"), ColumnSpec("n", "integer")]
    profiles = []
    for limit in (0, 5_000, builder.COMPILED_FROM):
        monkeypatch.setattr(builder, "COMPILED_FROM", limit)
        profiles.append(profile_batches(specs, table.to_batches(max_chunksize=1_000)))
    assert profiles[0] == profiles[1] == profiles[2]
