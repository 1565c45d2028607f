import math

from hypothesis import given
from hypothesis import strategies as st

from wardround.scaffold.limits import outwards, share_allowed

numbers = st.floats(-1e9, 1e9).map(lambda value: round(value, 3))


@given(numbers, numbers, st.booleans())
def test_limits_hold_all_values_and_keep_the_sign(one, other, whole):
    low, high = sorted((one, other))
    if whole:
        low, high = math.floor(low), math.ceil(high)
    least, most = outwards(low, high, whole=whole)
    assert least <= low <= high <= most
    assert least >= 0 or low < 0
    assert most <= 0 or high > 0
    if whole:
        assert least == int(least)
        assert most == int(most)


def test_limits_are_round():
    assert outwards(3, 97, whole=True) == (0, 120)
    assert outwards(6.8, 7.8, whole=False) == (6.0, 8.0)
    assert outwards(-2.6, 6.2, whole=False) == (-5.0, 8.0)


@given(st.integers(1, 11), st.integers(1, 11), st.integers(200, 10_000_000))
def test_a_tolerated_share_does_not_tell_small_counts_apart(one, other, rows):
    assert share_allowed(one, rows, 11) == share_allowed(other, rows, 11)


@given(st.integers(1, 10_000), st.integers(10_000, 10_000_000))
def test_a_tolerated_share_covers_twice_what_was_seen(count, rows):
    share = share_allowed(count, rows, 11)
    assert share >= min(1, 2 * count / rows)
    assert share <= max(5.1 * max(count, 11) / rows, 1e-6)
