"""The split, whatever the data: nobody is in two splits, time only goes forward, ties stay together."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from wardround.stages.split.assign import (
    DROPPED,
    TEST,
    TEST_SEEN,
    TRAIN,
    VALIDATION,
    Shares,
    by_subject,
    by_time,
    overlap,
)
from wardround.tables import stable_hash

SHARES = (
    st.tuples(st.floats(0.05, 0.9), st.floats(0.05, 0.9))
    .filter(lambda pair: sum(pair) < 0.99)
    .map(lambda p: Shares(*p))
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n = draw(st.integers(1, 60))
    time = draw(hnp.arrays(np.int64, n, elements=st.integers(0, draw(st.integers(0, 40)))))
    subject = draw(hnp.arrays(np.int64, n, elements=st.integers(0, draw(st.integers(0, 30)))))
    usable = draw(hnp.arrays(np.bool_, n))
    return time, subject, usable


def naive(time: np.ndarray, subject: np.ndarray, usable: np.ndarray, shares: Shares) -> list[int]:
    """The rule again, row by row."""
    rows = sorted(int(t) for t, u in zip(time, usable, strict=True) if u)
    if not rows:
        return [DROPPED] * len(time)
    n = len(rows)
    first = rows[min(int(n * shares.train + 1e-9), n - 1)]
    second = rows[min(int(n * (shares.train + shares.validation) + 1e-9), n - 1)]
    blocks = [0 if t < first and t < second else 1 if t < second else 2 for t in time]
    out = []
    for s, u, b in zip(subject, usable, blocks, strict=True):
        seen = any(ss == s and uu and bb < b for ss, uu, bb in zip(subject, usable, blocks, strict=True))
        out.append(
            DROPPED
            if not u
            else TRAIN
            if b == 0
            else (DROPPED if seen else VALIDATION)
            if b == 1
            else TEST_SEEN
            if seen
            else TEST
        )
    return out


@given(tables(), SHARES)
@settings(max_examples=300, deadline=None)
def test_by_time(table: tuple[np.ndarray, np.ndarray, np.ndarray], shares: Shares) -> None:
    time, subject, usable = table
    assigned = by_time(time, subject, usable, shares)
    codes = assigned.codes
    assert codes.tolist() == naive(time, subject, usable, shares)
    assert overlap(codes, subject) == 0
    assert (codes[~usable] == DROPPED).all()
    last = [TEST, TEST_SEEN]
    assert not set(subject[codes == TEST]) & set(subject[np.isin(codes, [TRAIN, VALIDATION])])
    assert not set(subject[codes == TEST]) & set(subject[codes == TEST_SEEN])
    if (codes == TRAIN).any():
        assert (time[np.isin(codes, [VALIDATION, *last])] > time[codes == TRAIN].max()).all()
    if np.isin(codes, [TRAIN, VALIDATION]).any():
        assert (time[np.isin(codes, last)] > time[np.isin(codes, [TRAIN, VALIDATION])].max()).all()
    shuffled = np.random.default_rng(0).permutation(len(time))
    again = by_time(time[shuffled], subject[shuffled], usable[shuffled], shares)
    assert (again.codes == codes[shuffled]).all()


@given(tables(), SHARES, st.integers(0, 2**32))
@settings(max_examples=200, deadline=None)
def test_by_subject(table: tuple[np.ndarray, np.ndarray, np.ndarray], shares: Shares, seed: int) -> None:
    _, subject, usable = table
    draw = stable_hash([f"s{code}" for code in subject], seed)
    codes = by_subject(draw, subject, usable, shares).codes
    assert overlap(codes, subject) == 0
    assert (codes[~usable] == DROPPED).all()
    assert np.isin(codes[usable], [TRAIN, VALIDATION, TEST]).all()
    people = len(set(subject[usable]))
    for code, share in ((TRAIN, shares.train), (VALIDATION, shares.validation)):
        assert abs(len(set(subject[codes == code])) - share * people) <= 1
    shuffled = np.random.default_rng(1).permutation(len(subject))
    assert (by_subject(draw[shuffled], subject[shuffled], usable[shuffled], shares).codes == codes[shuffled]).all()
