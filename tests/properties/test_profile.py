"""Profiles of parts merge to the profile of the whole, whatever the parts; and their numbers are right."""

import itertools
import math
import statistics
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from wardround.profile import ColumnSpec, builder, deviation, distance, mean, merge, profile_batches, quantile
from wardround.profile.buckets import QUANTILE_ERROR, edges, key_of, middle
from wardround.profile.exact import read

PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
quick = settings(deadline=None, max_examples=60, phases=PHASES, suppress_health_check=[HealthCheck.too_slow])
SPECS = (
    ColumnSpec("whole", "integer"),
    ColumnSpec("real", "float"),
    ColumnSpec("flag", "boolean"),
    ColumnSpec("closed", "category", ("a", "b")),
    ColumnSpec("open", "category"),
    ColumnSpec("words", "text"),
    ColumnSpec("when", "datetime"),
)
TYPES = (pa.int64(), pa.float64(), pa.bool_(), pa.string(), pa.string(), pa.string(), pa.timestamp("us"))
row = st.tuples(
    st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(0, 120),
    st.none() | st.floats(),
    st.none() | st.booleans(),
    st.none() | st.sampled_from(["a", "b", "typo"]),
    st.none() | st.sampled_from([f"level {number}" for number in range(12)]),
    st.none() | st.text(max_size=5),
    st.none() | st.datetimes(min_value=__import__("datetime").datetime(1900, 1, 1)),
)


def batch(rows, encode=()):
    columns = list(zip(*rows, strict=True)) or [[] for _ in SPECS]
    arrays = [pa.array(list(cells), kind) for cells, kind in zip(columns, TYPES, strict=True)]
    arrays = [
        array.dictionary_encode() if spec.name in encode else array for spec, array in zip(SPECS, arrays, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, names=[spec.name for spec in SPECS])


@pytest.fixture(autouse=True, scope="module")
def small_cap():
    """An open category overflows at four levels instead of a thousand."""
    before, builder.CAP = builder.CAP, 4
    yield
    builder.CAP = before


@quick
@given(st.lists(row, max_size=40), st.lists(st.integers(0, 40), max_size=4), st.booleans())
def test_parts_merge_to_the_whole(rows, cuts, shuffled):
    whole = profile_batches(SPECS, [batch(rows)])
    bounds = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    parts = [
        profile_batches(SPECS, [batch(rows[a:b], encode=("closed", "words"))]) for a, b in itertools.pairwise(bounds)
    ]
    assert merge(parts[::-1] if shuffled else parts) == whole


@quick
@given(st.lists(row, max_size=40), st.randoms())
def test_order_and_slices_do_not_matter(rows, random):
    whole = profile_batches(SPECS, [batch(rows)])
    mixed = rows[:]
    random.shuffle(mixed)
    padded = batch([*mixed[:3], *mixed]).slice(min(3, len(mixed)))  # bitmaps then start in the middle of a byte
    assert profile_batches(SPECS, [padded.slice(0, 5), padded.slice(5)]) == whole


@quick
@given(
    st.lists(
        st.floats(allow_nan=False, allow_infinity=False, min_value=-1e150, max_value=1e150), min_size=2, max_size=50
    )
)
def test_moments_are_correctly_rounded(values):
    summary = (
        profile_batches([ColumnSpec("x", "float")], [pa.record_batch({"x": pa.array(values, pa.float64())})])
        .columns[0]
        .numbers
    )
    exact = [Fraction(value) for value in values]
    assert read(summary.total) == sum(exact)
    assert read(summary.squares) == sum(value * value for value in exact)
    assert mean(summary) == float(sum(exact) / len(exact))
    assert deviation(summary) == pytest.approx(float(statistics.stdev(exact)), rel=1e-12, abs=1e-300)


@quick
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=60), st.floats(0, 1))
def test_quantiles_keep_their_error(values, share):
    summary = (
        profile_batches([ColumnSpec("x", "float")], [pa.record_batch({"x": pa.array(values, pa.float64())})])
        .columns[0]
        .numbers
    )
    true = sorted(values)[max(1, math.ceil(share * len(values))) - 1]
    assert quantile(summary, share) == pytest.approx(true, rel=QUANTILE_ERROR * 1.0001, abs=2**-1022)


@given(st.integers(-127, 127))
def test_small_integers_are_told_exactly(number):
    assert middle(key_of(float(number)), whole=True) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_value_lies_in_its_bucket(value):
    low, high = edges(key_of(value))
    assert low <= abs(value) < high if value >= 0 or not key_of(value) else low < value <= high


@quick
@given(st.lists(row, min_size=1, max_size=40), st.lists(row, min_size=1, max_size=40))
def test_distances_are_bounded_and_zero_to_oneself(left, right):
    a, b = (profile_batches(SPECS, [batch(rows)]) for rows in (left, right))
    for found in distance(a, a):
        assert found.psi in (0, None)
        assert found.js in (0, None)
        assert found.smd is None or abs(found.smd) < 1e-9
    for one, two in zip(distance(a, b), distance(b, a), strict=True):
        assert one.js is None or 0 <= one.js <= 1
        assert one.psi is None or one.psi >= 0
        assert one.missing == (None if two.missing is None else -two.missing)
    assert np.isfinite([found.psi for found in distance(a, b) if found.psi is not None]).all()
