"""Histogram and sums of a column are what Python's integers and fractions say, to the bit, in whatever blocks the numbers are taken."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.profile import ColumnSpec, profile_batches
from wardround.profile.buckets import key_of
from wardround.profile.exact import read
from wardround.profile.sums import BLOCK

numbers = (
    st.floats()
    | st.integers(-500, 500).map(float)
    | st.sampled_from([0.0, -0.0, 5e-324, -2.3e-308, 2.2250738585072014e-308, 1.7976931348623157e308])
)


def counted(array, kind="float"):
    column = profile_batches([ColumnSpec("x", kind)], [pa.record_batch({"x": array})]).columns[0]
    return column.missing, column.numbers


def agrees(array, kind="float"):
    values = [float(value) for value in array.to_pylist() if value is not None]
    finite = [value for value in values if math.isfinite(value)]
    missing, found = counted(array, kind)
    assert missing == array.null_count + sum(math.isnan(value) for value in values)
    assert (found.count, found.infinite) == (len(finite), sum(math.isinf(value) for value in values))
    assert found.histogram == dict(sorted(Counter(map(key_of, finite)).items()))
    assert [*found.histogram] == sorted(found.histogram)
    exact = [Fraction(value) for value in finite]
    assert read(found.total) == sum(exact)
    assert read(found.squares) == sum(value * value for value in exact)


@settings(deadline=None)
@given(st.lists(st.none() | numbers, max_size=60), st.integers(0, 9))
def test_any_numbers_and_any_gaps(values, offset):
    agrees(pa.array([1e9] * min(offset, 1) + [None] * max(offset - 1, 0) + values, pa.float64()).slice(offset))


@settings(deadline=None)
@given(
    st.sampled_from([pa.int8(), pa.uint8(), pa.int16(), pa.int32(), pa.uint32(), pa.int64(), pa.uint64()]),
    st.integers(0, 9),
    st.data(),
)
def test_integers_of_any_width(kind, offset, data):
    signed = pa.types.is_signed_integer(kind)
    most = 2 ** (kind.bit_width - signed) - 1
    whole = st.integers(-min(most, 2**53) * signed, min(most, 2**53)) | st.integers(0, 120)
    values = data.draw(st.lists(st.none() | whole, max_size=40))
    agrees(pa.array([None] * offset + values, kind).slice(offset), "integer")


@pytest.mark.parametrize("bound", [2**15 - 1, 2**15, 2**15 + 1])
def test_small_integers_and_larger_ones_are_counted_alike(bound):
    agrees(pa.array([bound, -bound, 7, 7, 0, None, -bound]), "integer")


@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e300, 5e-324])
@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_more_than_a_block(scale, gaps):
    draw = np.random.default_rng(3)
    values = np.concatenate([draw.normal(size=20_001) * scale, [np.nan, np.inf, -np.inf, 0.0, -0.0]])
    values = draw.permutation(values)
    agrees(pa.array(values, mask=draw.random(len(values)) < gaps))


@pytest.mark.parametrize("value", [np.nextafter(1.0, 0.0), 1.0 + 2.0**-52, 2.0**-9 * (1.0 - 2.0**-53), -np.pi])
def test_a_block_whose_sums_of_products_are_as_large_as_they_come(value):
    agrees(pa.array(np.append(np.full(BLOCK - 1, value), np.sign(value))))
    agrees(pa.array(np.full(2 * BLOCK, value)))


def test_numbers_far_smaller_than_their_neighbours_are_not_lost():
    draw = np.random.default_rng(4)
    values = draw.normal(size=9_000) * 10.0 ** draw.integers(-320, 300, 9_000)
    agrees(pa.array(values))
    agrees(pa.array(np.append(2.0 ** -np.arange(1074.0), 2.0 ** np.arange(1024.0))))


@pytest.mark.parametrize("often", [2, 40, BLOCK - 1])
def test_many_small_numbers_beside_few_large_ones(often):
    values = np.random.default_rng(5).normal(size=3 * BLOCK) * 1e-40
    values[::often] *= 1e60
    agrees(pa.array(values))
