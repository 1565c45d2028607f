"""The served form of a tree ensemble, asked about many rows: the answers of Treelite's own interpreter, without a walk.

An interpreter follows each tree from split to split, and a processor guesses the way wrong half the time: 10 to 20 µs a row for 100
small trees. Here a value is first looked up among the thresholds that the whole model has for its feature. That place says, for every tree,
which leaves the value leaves open, as one word of bits; the words of all features together leave exactly one leaf a tree open (the bit
vectors of QuickScorer, Lucchese et al. 2015, SIGIR, looked up by feature and place instead of split by split). The same leaves, summed over
the trees in their order in double precision, are the same doubles. For models that do not fit, :func:`made` gives None. Whoever uses it still
compares some rows of every part with the served form itself (:mod:`wardround.scoring.answering`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardround.scoring.splits import Leaves, read
from wardround.stages.serving.forms import Predict
from wardround.stats.jit import compiled

Floats = NDArray[np.float64]
#: Bytes that the words of a model may take, project choice: beyond it they would not stay in a processor's cache at all.
_MOST_BYTES = 64 << 20
#: A sequence of 64 bits in which every window of six is another one (de Bruijn): one bit times it, shifted, tells which bit it was.
_DE_BRUIJN = 0x03F79D71B4CB0A89
#: What a raw sum becomes, by Treelite's name: whether the logistic function comes after it.
_OUTPUTS = {"sigmoid": True, "identity": False, "identity_multiclass": False}


def made(content: bytes, *, single: bool, unknown: Mapping[int, tuple[int, ...]]) -> Predict | None:
    """The function of a serialized Treelite model from a matrix to raw probabilities; None when it does not fit.

    ``single`` and ``unknown`` are as in :class:`wardround.stages.serving.forms.Form`.
    """
    import treelite

    model = treelite.Model.deserialize_bytes(content)
    head = model.get_header_accessor()
    output = str(head.get_field("postprocessor"))
    trees = read(model)
    if output not in _OUTPUTS or trees is None:
        return None
    features = sorted({feature for tree in trees for feature in tree.features})
    width = max(len(tree.values) for tree in trees)
    kind = np.uint16 if width <= 16 else np.uint32 if width <= 32 else np.uint64
    places = [_Places.of(feature, trees) for feature in features]
    if any(item is None for item in places) or width > 64:
        return None
    known = [item for item in places if item is not None]
    size = sum(item.size for item in known)
    if size * len(trees) * np.dtype(kind).itemsize > _MOST_BYTES:
        return None
    words = np.concatenate([item.words(trees, kind) for item in known]) if known else np.zeros((0, len(trees)), kind)
    arrays = (
        np.array(features, np.int64),
        np.array([item.by_category for item in known], np.bool_),
        np.cumsum([0, *(item.size for item in known)])[:-1].astype(np.int64),
        np.cumsum([0, *(len(item.cuts) for item in known)]).astype(np.int64),
        np.concatenate([np.empty(0), *(item.cuts for item in known)]),
        words,
        np.array([(1 << len(tree.values)) - 1 for tree in trees], kind),
        _values(trees),
    )
    averaged = bool(head.get_field("average_tree_output")[0])
    divisor = float(len(trees)) if averaged else 1.0
    base = float(head.get_field("base_scores")[-1])
    alpha = float(head.get_field("sigmoid_alpha")[0]) if _OUTPUTS[output] else 0.0
    strict = any(tree.strict for tree in trees)

    def predict(matrix: Floats) -> Floats:
        given = matrix.astype(np.float32).astype(np.float64) if single else np.ascontiguousarray(matrix)
        if unknown:
            given = given.copy()
        for column, codes in unknown.items():
            given[np.isin(given[:, column], codes), column] = np.nan
        answer = np.empty(len(given), np.float64)
        _answer(given, answer, *arrays, strict, divisor, base, alpha)
        return answer

    return predict


def _values(trees: list[Leaves]) -> Floats:
    """The answer of each leaf, at the place to which its bit is multiplied and shifted."""
    values = np.zeros((len(trees), 64))
    for number, tree in enumerate(trees):
        for leaf, value in enumerate(tree.values):
            values[number, ((_DE_BRUIJN << leaf) & (2**64 - 1)) >> 58] = value
    return values


class _Places:
    """The places that the values of one feature can have: between thresholds or by code, then a last one for missing values.

    For a category ``cuts`` holds one number, the first code that no split lists: it and all beyond have one place.
    """

    def __init__(self, feature: int, cuts: Floats, *, by_category: bool) -> None:
        self.feature, self.cuts, self.by_category = feature, cuts, by_category
        self.size = (int(cuts[0]) if by_category else len(cuts)) + 2

    @classmethod
    def of(cls, feature: int, trees: list[Leaves]) -> _Places | None:
        """None when one feature is split in both ways, or by both comparisons."""
        splits = [split for tree in trees for split in tree.splits if split.feature == feature]
        if len({split.compared for split in splits}) > 1 or len({tree.strict for tree in trees if tree.compared}) > 1:
            return None
        if splits[0].codes is not None:
            return cls(feature, np.array([1.0 + max(max(split.codes or (-1,)) for split in splits)]), by_category=True)
        return cls(feature, np.unique([split.threshold for split in splits]), by_category=False)

    def words(self, trees: list[Leaves], kind: Any) -> NDArray[Any]:
        """For each place and tree the leaves that it leaves open."""
        full = np.iinfo(kind).max
        made = np.full((self.size, len(trees)), full, kind)
        for number, tree in enumerate(trees):
            for split in tree.splits:
                if split.feature != self.feature:
                    continue
                if split.codes is not None:
                    goes_left = np.isin(np.arange(self.size), split.codes) != split.listed_right
                else:
                    goes_left = np.arange(self.size) <= np.searchsorted(self.cuts, split.threshold)
                goes_left[-1] = split.missing_left
                left, right = (np.asarray(full - mask, kind) for mask in (split.left, split.right))
                made[:, number] &= np.where(goes_left, right, left).astype(kind)
        return made


@compiled
def _answer(  # noqa: PLR0913, PLR0917 - a kernel takes arrays
    matrix: Any, answer: Any, features: Any, by_category: Any, first: Any, cut_first: Any, cuts: Any, words: Any, whole: Any, values: Any,
    strict: Any, divisor: float, base: float, alpha: float,
) -> None:  # fmt: skip
    trees = words.shape[1]
    open_leaves = np.empty(trees, words.dtype)
    for row in range(matrix.shape[0]):
        for tree in range(trees):
            open_leaves[tree] = whole[tree]
        for number in range(features.shape[0]):
            value = matrix[row, features[number]]
            low, high = cut_first[number], cut_first[number + 1]
            if by_category[number]:
                most = np.int64(cuts[low])
                place = most + 1 if math.isnan(value) else (np.int64(value) if 0.0 <= value < most else most)
            elif math.isnan(value):
                place = high - low + 1
            else:
                begin = low
                while low < high:
                    middle = (low + high) >> 1
                    if (cuts[middle] <= value) if strict else (cuts[middle] < value):
                        low = middle + 1
                    else:
                        high = middle
                place = low - begin
            line = words[first[number] + place]
            for tree in range(trees):
                open_leaves[tree] &= line[tree]
        total = 0.0
        for tree in range(trees):
            bit = np.uint64(open_leaves[tree])
            total += values[tree, np.int64((bit * np.uint64(0x03F79D71B4CB0A89)) >> np.uint64(58))]
        raw = total / divisor + base
        answer[row] = 1.0 / (1.0 + math.exp(-alpha * raw)) if alpha != 0.0 else raw
