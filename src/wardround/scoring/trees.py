"""The served form of a tree ensemble, asked about many rows: the answers of Treelite's own interpreter, without a walk.

An interpreter follows each tree from split to split, and a processor guesses the way wrong half the time: 10 to 20 µs a row for 100
small trees. Here a value is first looked up among the thresholds that the whole model has for its feature. That place says, for every tree,
which leaves the value leaves open, as one word of bits; the words of all features together leave exactly one leaf a tree open (the bit
vectors of QuickScorer, Lucchese et al. 2015, SIGIR, looked up by feature and place instead of split by split). The same leaves, summed over
the trees in their order in double precision, are the same doubles. For models that do not fit, :func:`made` gives None. Whoever uses it still
compares some rows of every part with the served form itself (:mod:`wardround.scoring.answering`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardround.scoring.lookups import answer_rows
from wardround.scoring.splits import Leaves, Split, read
from wardround.stages.serving.forms import Predict

Floats = NDArray[np.float64]
#: Bytes that the words of a model may take, project choice: beyond it they would not stay in a processor's cache at all.
_MOST_BYTES = 64 << 20
#: Rows that are turned into columns at a time, to stay in a processor's cache.
_TURNED = 1 << 14
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
    splits: dict[int, list[tuple[int, Split]]] = {}
    for number, tree in enumerate(trees):
        for split in tree.splits:
            splits.setdefault(split.feature, []).append((number, split))
    features = sorted(splits)
    width = max(len(tree.values) for tree in trees)
    kind = np.uint16 if width <= 16 else np.uint32 if width <= 32 else np.uint64
    places = [_Places.of([split for _, split in splits[feature]]) for feature in features]
    strict = any(tree.strict for tree in trees)
    if (
        any(item is None for item in places)
        or width > 64
        or any(tree.compared and tree.strict != strict for tree in trees)
    ):
        return None
    known = [item for item in places if item is not None]
    size = sum(item.size for item in known)
    if size * len(trees) * np.dtype(kind).itemsize > _MOST_BYTES:
        return None
    words = np.concatenate(
        [
            *(item.words(splits[feature], len(trees), kind) for feature, item in zip(features, known, strict=True)),
            np.full((1, len(trees)), np.iinfo(kind).max, kind),
        ]
    )
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

    def predict(matrix: Floats) -> Floats:
        answer = np.empty(len(matrix), np.float64)
        for begin in range(0, len(matrix), _TURNED):
            columns = np.array(matrix[begin : begin + _TURNED].T, np.float64, order="C")
            if single:
                columns = columns.astype(np.float32).astype(np.float64)
            for column, codes in unknown.items():
                columns[column, np.isin(columns[column], codes)] = np.nan
            answer_rows(columns, answer[begin : begin + _TURNED], *arrays, strict, divisor, base, alpha)
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

    def __init__(self, cuts: Floats, *, by_category: bool) -> None:
        self.cuts, self.by_category = cuts, by_category
        self.size = (int(cuts[0]) if by_category else len(cuts)) + 2

    @classmethod
    def of(cls, splits: list[Split]) -> _Places | None:
        """From the splits of one feature. None when it is split in both ways, or by both comparisons."""
        if len({split.compared for split in splits}) > 1:
            return None
        if splits[0].codes is not None:
            return cls(np.array([1.0 + max(max(split.codes or (-1,)) for split in splits)]), by_category=True)
        return cls(np.unique([split.threshold for split in splits]), by_category=False)

    def words(self, splits: list[tuple[int, Split]], trees: int, kind: Any) -> NDArray[Any]:
        """For each place and tree the leaves that it leaves open; ``splits`` are those of the feature, each with its tree's number."""
        full = np.iinfo(kind).max
        made = np.full((self.size, trees), full, kind)
        for number, split in splits:
            if split.codes is not None:
                goes_left = np.isin(np.arange(self.size), split.codes) != split.listed_right
            else:
                goes_left = np.arange(self.size) <= np.searchsorted(self.cuts, split.threshold)
            goes_left[-1] = split.missing_left
            left, right = (np.asarray(full - mask, kind) for mask in (split.left, split.right))
            made[:, number] &= np.where(goes_left, right, left).astype(kind)
        return made
