"""Exact Shapley values of a tree ensemble, with the trees' own training counts as background (path-dependent TreeSHAP).

The game is that of Lundberg et al. 2020 (Nature Machine Intelligence 2, 56-67, algorithm 1): a feature that is not known is averaged over
both branches of a split, weighted by the training rows that went each way. For one leaf of value v, whose path splits on the features
1..d, with z_j the product of the shares of rows along the splits on j and o_j = 1 where the encounter goes the leaf's way at all of them,
the value of a set S is v · Π_{j∈S} o_j · Π_{j∉S} z_j. The Shapley weight of a set of size k is the integral of t^k (1-t)^(d-1-k) over
[0, 1], so that

    φ_i = v (o_i - z_i) ∫ Π_{j≠i} (z_j (1-t) + o_j t) dt,

a polynomial of degree d-1 that Gauss-Legendre quadrature with ⌈d/2⌉ nodes integrates exactly. All leaves of all trees at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wardround.service.explaining import Additive

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
#: Treelite's number of ``<`` and of ``<=``.
_LT, _LE = 2, 3
_CATEGORICAL = 2


@dataclass
class _Flat:
    """Splits, and what lies between them and the leaves, of all trees in a row while they are read."""

    feature: list[int] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    strict: list[bool] = field(default_factory=list)
    missing_left: list[bool] = field(default_factory=list)
    levels: dict[int, tuple[Any, bool]] = field(default_factory=dict)
    leaf_value: list[float] = field(default_factory=list)
    slots: list[tuple[int, int, float]] = field(default_factory=list)  # leaf, feature, share
    steps: list[tuple[int, int, bool]] = field(default_factory=list)  # slot, split, to the left


@dataclass(frozen=True)
class TreeMethod:
    """A tree ensemble, laid out for explanation. ``single``, ``unknown`` as in :class:`wardround.stages.serving.forms.Form`."""

    name: ClassVar[str] = "path-dependent TreeSHAP (exact)"

    scale: str
    start: float
    features: int
    single: bool
    unknown: Mapping[int, tuple[int, ...]]
    feature: Places
    threshold: Floats
    strict: NDArray[np.bool_]
    missing_left: NDArray[np.bool_]
    levels: Mapping[int, tuple[NDArray[np.int64], bool]]
    leaf_value: Floats
    slot_leaf: Places
    slot_feature: Places
    share: Floats
    step_split: Places
    step_left: NDArray[np.bool_]
    step_first: Places
    slot_first: Places
    slot_leaf_number: Places
    base: float

    @classmethod
    def of(cls, content: bytes, *, single: bool, unknown: Mapping[int, tuple[int, ...]]) -> TreeMethod | None:
        """The method for a serialized Treelite model; None when its trees keep no counts or compare in another way."""
        import treelite

        model = treelite.Model.deserialize_bytes(content)
        head = model.get_header_accessor()
        averaged = bool(head.get_field("average_tree_output")[0])
        flat = _Flat()
        for number in range(model.num_tree):
            if not _read(model.get_tree_accessor(number), flat):
                return None
        scale = 1.0 / model.num_tree if averaged else 1.0
        leaf_value = np.array(flat.leaf_value) * scale
        start = 0.0 if averaged else float(head.get_field("base_scores")[0])
        slots = np.array([(leaf, feature) for leaf, feature, _ in flat.slots], dtype=np.int64).reshape(-1, 2)
        share = np.array([part for _, _, part in flat.slots])
        steps = np.array([(slot, split) for slot, split, _ in flat.steps], dtype=np.int64).reshape(-1, 2)
        through = np.ones(len(leaf_value))
        np.multiply.at(through, slots[:, 0], share)
        with_slots, slot_first = np.unique(slots[:, 0], return_index=True)
        return cls(
            scale="probability" if averaged else "log-odds",
            start=start,
            features=model.num_feature,
            single=single,
            unknown=unknown,
            feature=np.array(flat.feature, dtype=np.int64),
            threshold=np.array(flat.threshold),
            strict=np.array(flat.strict, dtype=np.bool_),
            missing_left=np.array(flat.missing_left, dtype=np.bool_),
            levels=flat.levels,
            leaf_value=leaf_value,
            slot_leaf=slots[:, 0],
            slot_feature=slots[:, 1],
            share=share,
            step_split=steps[:, 1],
            step_left=np.array([left for _, _, left in flat.steps], dtype=np.bool_),
            step_first=np.unique(steps[:, 0], return_index=True)[1],
            slot_first=slot_first,
            slot_leaf_number=np.searchsorted(with_slots, slots[:, 0]),
            base=start + float(leaf_value @ through),
        )

    def explain(self, row: Floats) -> Additive:
        """Contributions to the raw answer of one matrix row."""
        if not len(self.share):
            return Additive(self.base, np.zeros(self.features))
        left = self._left(row)
        follows = np.logical_and.reduceat(left[self.step_split] == self.step_left, self.step_first).astype(np.float64)
        longest = int(np.bincount(self.slot_leaf_number).max())
        nodes, weights = np.polynomial.legendre.leggauss((longest + 1) // 2)
        t, weights = (nodes + 1) / 2, weights / 2
        factor = self.share[:, None] * (1 - t) + follows[:, None] * t
        whole = np.multiply.reduceat(factor, self.slot_first, axis=0)
        # every factor is positive: shares are, and no node lies on the interval's end
        others = (whole[self.slot_leaf_number] / factor) @ weights
        parts = self.leaf_value[self.slot_leaf] * (follows - self.share) * others
        values = np.bincount(self.slot_feature, weights=parts, minlength=self.features).astype(np.float64)
        return Additive(self.base, values)

    def _left(self, row: Floats) -> NDArray[np.bool_]:
        """Which way the encounter goes at every split."""
        given: Floats = row.astype(np.float32).astype(np.float64) if self.single else row.copy()
        for place, codes in self.unknown.items():
            if given[place] in codes:
                given[place] = np.nan
        value: Floats = given[self.feature]
        left = np.where(self.strict, value < self.threshold, value <= self.threshold)
        for split, (listed, to_right) in self.levels.items():
            left[split] = (value[split] in listed) != to_right
        return np.where(np.isnan(value), self.missing_left, left)


def _read(tree: Any, flat: _Flat) -> bool:
    """Adds one tree; whether it can be explained."""
    get = tree.get_field
    counts, present = get("data_count"), get("data_count_present")
    if not len(counts) or not np.all(present):
        return False
    kind, feature, lefts, rights = get("node_type"), get("split_index"), get("cleft"), get("cright")
    compared, threshold, default = get("cmp"), get("threshold"), get("default_left")
    vector, value = get("leaf_vector"), get("leaf_value")
    begin, end = (get("leaf_vector_begin"), get("leaf_vector_end")) if len(vector) else (None, None)
    splits: dict[int, int] = {}
    for node in np.flatnonzero(lefts >= 0).tolist():
        if kind[node] != _CATEGORICAL and compared[node] not in {_LT, _LE}:
            return False
        splits[node] = len(flat.feature)
        flat.feature.append(int(feature[node]))
        flat.threshold.append(float(threshold[node]))
        flat.strict.append(bool(compared[node] == _LT))
        flat.missing_left.append(bool(default[node]))
        if kind[node] == _CATEGORICAL:
            codes = get("category_list")[get("category_list_begin")[node] : get("category_list_end")[node]]
            listed_right = bool(get("category_list_right_child")[node])
            flat.levels[splits[node]] = (codes.astype(np.int64), listed_right)
    waiting: list[tuple[int, list[tuple[int, float, bool]]]] = [(0, [])]
    while waiting:
        node, path = waiting.pop()
        if node in splits:
            for child, to_left in ((int(rights[node]), False), (int(lefts[node]), True)):
                step = (splits[node], float(counts[child]) / float(counts[node]), to_left)
                waiting.append((child, [*path, step]))
            continue
        leaf = len(flat.leaf_value)
        flat.leaf_value.append(float(value[node]) if begin is None or end is None else float(vector[end[node] - 1]))
        _slots(flat, leaf, path)
    return True


def _slots(flat: _Flat, leaf: int, path: list[tuple[int, float, bool]]) -> None:
    """One slot for each feature on the way to the leaf, with the splits that ask about it."""
    by_feature: dict[int, list[tuple[int, float, bool]]] = {}
    for step in path:
        by_feature.setdefault(flat.feature[step[0]], []).append(step)
    for feature, steps in by_feature.items():
        share = float(np.prod([part for _, part, _ in steps]))
        flat.steps += [(len(flat.slots), split, to_left) for split, _, to_left in steps]
        flat.slots.append((leaf, feature, share))
