"""The trees of a Treelite model as leaves and splits: for each split, which leaves lie to its left and to its right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: Treelite's numbers of ``<`` and ``<=``, and of a categorical split.
LT, LE, _CATEGORICAL = 2, 3, 2


@dataclass(frozen=True)
class Split:
    """One split. ``left`` and ``right`` are words with a bit for each leaf below; ``codes`` is None for a number.

    ``compared`` is Treelite's comparison, or 0 for categories. Missing values go left where ``missing_left``.
    """

    feature: int
    threshold: float
    compared: int
    codes: tuple[int, ...] | None
    listed_right: bool
    missing_left: bool
    left: int
    right: int


@dataclass(frozen=True)
class Leaves:
    """One tree: the answers of its leaves from left to right, and its splits."""

    values: tuple[float, ...]
    splits: tuple[Split, ...]

    @property
    def features(self) -> set[int]:
        """Features that it asks about."""
        return {split.feature for split in self.splits}

    @property
    def compared(self) -> bool:
        """Whether it compares any number."""
        return any(split.codes is None for split in self.splits)

    @property
    def strict(self) -> bool:
        """Whether numbers equal to the threshold go right."""
        return any(split.compared == LT for split in self.splits)


def read(model: Any) -> list[Leaves] | None:
    """The trees of ``model``; None when it compares in another way."""
    trees = []
    for number in range(model.num_tree):
        tree = _tree(model.get_tree_accessor(number))
        if tree is None:
            return None
        trees.append(tree)
    return trees or None


def _tree(tree: Any) -> Leaves | None:
    get = tree.get_field
    kind, feature, lefts, rights = (get(name).tolist() for name in ("node_type", "split_index", "cleft", "cright"))
    compared, threshold, default = (get(name).tolist() for name in ("cmp", "threshold", "default_left"))
    vector, value = get("leaf_vector"), get("leaf_value")
    vector_end = get("leaf_vector_end") if len(vector) else None
    listed, begins, ends = get("category_list").tolist(), get("category_list_begin"), get("category_list_end")
    inner = [node for node, left in enumerate(lefts) if left >= 0]
    if any(kind[node] != _CATEGORICAL and compared[node] not in {LT, LE} for node in inner):
        return None
    values: list[float] = []
    below: dict[int, int] = {}
    waiting = [(0, False)]
    while waiting:  # children before their parent, the left one first
        node, is_done = waiting.pop()
        if lefts[node] < 0:
            below[node] = 1 << len(values)
            values.append(float(value[node] if vector_end is None else vector[vector_end[node] - 1]))
        elif is_done:
            below[node] = below[lefts[node]] | below[rights[node]]
        else:
            waiting += [(node, True), (rights[node], False), (lefts[node], False)]
    splits = []
    for node in inner:
        by_category = kind[node] == _CATEGORICAL
        codes = listed[begins[node] : ends[node]] if by_category else ()
        splits.append(
            Split(
                feature=int(feature[node]),
                threshold=float(threshold[node]),
                compared=0 if by_category else int(compared[node]),
                codes=tuple(int(code) for code in codes) if by_category else None,
                listed_right=by_category and bool(get("category_list_right_child")[node]),
                missing_left=bool(default[node]),
                left=below[lefts[node]],
                right=below[rights[node]],
            )
        )
    return Leaves(tuple(values), tuple(splits))
