"""The compiled part of :mod:`wardround.scoring.trees`: values to places, places to open leaves, leaves to answers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wardround.stats.jit import compiled

#: Rows whose values are looked up together; whose sums are made side by side, because each addition waits for the one before it;
#: features whose words are joined at once. Measured on the reference project's model.
_BLOCK, _ABREAST, _JOINED = 256, 4, 4
#: From so many cuts on they are searched.
_MANY = 128


@compiled
def _by_code(values: Any, most: Any, first: Any, lines: Any) -> None:
    for row in range(values.shape[0]):
        value = values[row]
        place = most + 1 if math.isnan(value) else (np.int64(value) if 0.0 <= value < most else most)
        lines[row] = first + place


@compiled
def _by_comparing(values: Any, cuts: Any, strict: Any, first: Any, lines: Any) -> None:
    """Compares with every cut: a search would be guessed wrong half the time, this never is."""
    places = np.empty(values.shape[0], np.int64)
    for row in range(values.shape[0]):
        places[row] = first + np.int64(math.isnan(values[row])) * (cuts.shape[0] + 1)
    for cut in cuts:
        if strict:
            for row in range(values.shape[0]):
                places[row] += np.int64(cut <= values[row])
        else:
            for row in range(values.shape[0]):
                places[row] += np.int64(cut < values[row])
    lines[:] = places


@compiled
def _by_searching(values: Any, cuts: Any, strict: Any, first: Any, lines: Any) -> None:
    for row in range(values.shape[0]):
        value = values[row]
        if math.isnan(value):
            lines[row] = first + cuts.shape[0] + 1
            continue
        low, high = 0, cuts.shape[0]
        while low < high:
            middle = (low + high) >> 1
            if (cuts[middle] <= value) if strict else (cuts[middle] < value):
                low = middle + 1
            else:
                high = middle
        lines[row] = first + low


@compiled
def _open(lines: Any, words: Any, whole: Any, leaves: Any) -> None:
    """For each row what its lines of words leave open of each tree."""
    trees = words.shape[1]
    for row in range(lines.shape[0]):
        line = lines[row]
        leaves[row] = whole
        for place in range(0, line.shape[0], _JOINED):
            a, b, c, d = words[line[place]], words[line[place + 1]], words[line[place + 2]], words[line[place + 3]]
            for tree in range(trees):
                leaves[row, tree] &= a[tree] & b[tree] & c[tree] & d[tree]


@compiled
def _add_up(leaves: Any, values: Any, totals: Any) -> None:
    """For each row the values of its open leaves, added in the order of the trees."""
    totals[:] = 0.0
    for tree in range(leaves.shape[1]):
        for row in range(_ABREAST):
            bit = np.uint64(leaves[row, tree])
            totals[row] += values[tree, np.int64((bit * np.uint64(0x03F79D71B4CB0A89)) >> np.uint64(58))]


@compiled
def answer_rows(  # noqa: PLR0913, PLR0917 - a kernel takes arrays
    columns: Any, answer: Any, features: Any, by_category: Any, first: Any, cut_first: Any, cuts: Any, words: Any, whole: Any, values: Any,
    strict: Any, divisor: float, base: float, alpha: float,
) -> None:  # fmt: skip
    """Fills ``answer`` (rows) from ``columns`` (features, rows); the other arrays are made by :func:`wardround.scoring.trees.made`."""
    rows, trees = columns.shape[1], words.shape[1]
    asked = -(-features.shape[0] // _JOINED) * _JOINED
    lines = np.full((_BLOCK, asked), words.shape[0] - 1)  # the last words leave everything open
    leaves, totals = np.zeros((_ABREAST, trees), words.dtype), np.empty(_ABREAST)
    for begin in range(0, rows, _BLOCK):
        some = min(_BLOCK, rows - begin)
        for number in range(features.shape[0]):
            own = cuts[cut_first[number] : cut_first[number + 1]]
            column = columns[features[number], begin : begin + some]
            if by_category[number]:
                _by_code(column, np.int64(own[0]), first[number], lines[:some, number])
            elif own.shape[0] > _MANY:
                _by_searching(column, own, strict, first[number], lines[:some, number])
            else:
                _by_comparing(column, own, strict, first[number], lines[:some, number])
        for row in range(0, some, _ABREAST):
            abreast = min(_ABREAST, some - row)
            _open(lines[row : row + abreast], words, whole, leaves)
            _add_up(leaves, values, totals)
            for near in range(abreast):
                raw = totals[near] / divisor + base
                answer[begin + row + near] = 1.0 / (1.0 + math.exp(-alpha * raw)) if alpha != 0.0 else raw
