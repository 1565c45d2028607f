"""The rule of the split, on plain arrays: which encounter belongs where. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardround.values import Split

#: Codes of the splits in the arrays below.
ORDER = (Split.TRAIN, Split.VALIDATION, Split.TEST, Split.TEST_SEEN, Split.DROPPED)
TRAIN, VALIDATION, TEST, TEST_SEEN, DROPPED = range(5)


@dataclass(frozen=True)
class Shares:
    """Shares of the rows (or subjects): train, then validation; the rest is test."""

    train: float
    validation: float


@dataclass(frozen=True)
class Assigned:
    """Codes into :data:`ORDER`, one an encounter, and the first times of the validation and test blocks (None without)."""

    codes: NDArray[np.int8]
    validation_from: int | None = None
    test_from: int | None = None


def by_time(time: NDArray[np.int64], subject: NDArray[np.int64], usable: NDArray[np.bool_], shares: Shares) -> Assigned:
    """Cuts the usable rows into three blocks by time, then takes out later encounters of subjects seen earlier.

    ``time`` in any unit, ``subject`` codes from 0; rows that are not ``usable`` (no outcome known, no time) are dropped
    and do not count as having been seen. A block begins at the time of the row that the share points to; all rows of
    that very moment belong to the later block, so that ties never straddle a boundary.
    """
    codes = np.full(len(time), DROPPED, np.int8)
    times = np.sort(time[usable])
    n = len(times)
    if not n:
        return Assigned(codes)
    validation_from = int(times[min(_position(n, shares.train), n - 1)])
    test_from = int(times[min(_position(n, shares.train + shares.validation), n - 1)])
    block = (time >= validation_from).astype(np.int8) + (time >= test_from)
    first_block = np.full(int(subject.max()) + 1, 3, np.int8)
    np.minimum.at(first_block, subject[usable], block[usable])
    new = first_block[subject] == block
    codes[usable & (block == 0)] = TRAIN
    codes[usable & (block == 1) & new] = VALIDATION
    codes[usable & (block == 2)] = TEST_SEEN
    codes[usable & (block == 2) & new] = TEST
    return Assigned(codes, validation_from, test_from)


@dataclass(frozen=True)
class Recent:
    """The recent window: ``start`` and ``train_end`` in the unit of the times, and the share of its subjects that recalibrates.

    Of these the encounters from ``recalibrate_from`` on do; None: all of the window.
    """

    start: int
    share: float
    train_end: int
    recalibrate_from: int | None = None


def by_recent(
    time: NDArray[np.int64],
    subject: NDArray[np.int64],
    usable: NDArray[np.bool_],
    draw: NDArray[np.uint64],
    recent: Recent,
) -> Assigned:
    """Trains on what came before ``train_end``; halves the subjects of the recent window who are not in training, by their hash.

    What lies between is dropped, and so are encounters of those who recalibrate that are too old for it. ``draw`` is a stable hash of the subject, one a row.
    """
    codes = np.full(len(time), DROPPED, np.int8)
    if not len(time):
        return Assigned(codes)
    train = usable & (time < min(recent.train_end, recent.start))
    late = usable & (time >= recent.start)
    trained = present_in(subject[train], int(subject.max()) + 1)[subject]
    recalibrates = draw < np.uint64(min(int(recent.share * 2.0**64), 2**64 - 1))
    codes[train] = TRAIN
    codes[late & trained] = TEST_SEEN
    since = recent.start if recent.recalibrate_from is None else max(recent.start, recent.recalibrate_from)
    codes[late & ~trained & recalibrates & (time >= since)] = VALIDATION
    codes[late & ~trained & ~recalibrates] = TEST
    return Assigned(codes, since, recent.start)


def by_subject(
    draw: NDArray[np.uint64], subject: NDArray[np.int64], usable: NDArray[np.bool_], shares: Shares
) -> Assigned:
    """Orders subjects by a stable hash of their identifier and the seed, and cuts that order by shares of subjects.

    ``draw`` is the hash, one a row and equal within a subject. Without time there are no returning patients to tell apart, so nothing
    is ``test_seen`` and nothing labelled is dropped.
    """
    codes = np.full(len(subject), DROPPED, np.int8)
    hashes = np.zeros(int(subject.max()) + 1 if len(subject) else 0, np.uint64)
    hashes[subject[usable]] = draw[usable]
    present = np.flatnonzero(present_in(subject[usable], len(hashes)))
    ranked = present[np.lexsort((present, hashes[present]))]
    n = len(ranked)
    part = np.full(len(hashes), DROPPED, np.int8)
    begin, middle = _position(n, shares.train), _position(n, shares.train + shares.validation)
    part[ranked[:begin]] = TRAIN
    part[ranked[begin:middle]] = VALIDATION
    part[ranked[middle:]] = TEST
    codes[usable] = part[subject[usable]]
    return Assigned(codes)


def _position(n: int, share: float) -> int:
    """The rank at which a share of ``n`` ends; a share that is a whole number but for rounding stays whole."""
    return int(np.floor(n * share + 1e-9))


def overlap(codes: NDArray[np.int8], subject: NDArray[np.int64]) -> int:
    """How many subjects are in more than one of train, validation and test (new subjects)."""
    if not len(subject):
        return 0
    size = int(subject.max()) + 1
    times = sum(present_in(subject[codes == code], size).astype(np.int8) for code in (TRAIN, VALIDATION, TEST))
    return int((np.asarray(times) > 1).sum())


def present_in(subject: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    """For each code below ``size`` whether it occurs: linear, and ten times faster than ``numpy.unique`` on millions."""
    present = np.zeros(size, np.bool_)
    present[subject] = True
    return present


def distinct(subject: NDArray[np.int64]) -> int:
    """How many different subjects there are."""
    return int(present_in(subject, int(subject.max()) + 1).sum()) if len(subject) else 0
