"""Which of a contract's own checks a random draw can satisfy, and the contract without the others."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from wardround.contract import Contract
from wardround.project.sections import Columns
from wardround.stages.train.drawing import draw

#: Rows that are asked for to try a check. Project choice.
_TRIAL = 32
#: Checks that the draw satisfies by construction (pandera's names).
_BUILT_IN = frozenset(
    {"greater_than", "greater_than_or_equal_to", "less_than", "less_than_or_equal_to", "in_range", "isin"}
)
#: A check: the column's name (empty: the table) and its place among that one's checks.
_Place = tuple[str, int]


def satisfiable(contract: Contract, columns: Columns, rng: np.random.Generator) -> tuple[Contract, tuple[str, ...]]:
    """The contract without the checks that no drawn row passes, and their names; usually the contract itself and none."""
    if len(draw(contract, columns, _TRIAL, rng)) >= _TRIAL:
        return contract, ()
    places = dict(_own(contract.schema))
    unmet = {place for place in places if not len(draw(_only(contract, places, place), columns, _TRIAL, rng))}
    left = _without(contract, unmet)
    if len(draw(left, columns, _TRIAL, rng)) < _TRIAL:  # each alone can be met, and not all together
        unmet = set(places)
        left = _without(contract, unmet)
    return left, tuple(sorted(places[place] for place in unmet))


def _own(schema: Any) -> Iterator[tuple[_Place, str]]:
    """Every check that the draw does not satisfy by construction, with a name for people."""
    for number, check in enumerate(schema.checks):
        yield ("", number), str(check.name or f"check {number + 1} of the table")
    for name, column in schema.columns.items():
        for number, check in enumerate(column.checks):
            if check.name not in _BUILT_IN:
                yield (name, number), f"{name}: {check.name or f'check {number + 1}'}"


def _only(contract: Contract, places: dict[_Place, str], kept: _Place) -> Contract:
    return _without(contract, set(places) - {kept})


def _without(contract: Contract, dropped: set[_Place]) -> Contract:
    schema: Any = copy.deepcopy(contract.schema)
    schema.checks = [check for number, check in enumerate(schema.checks) if ("", number) not in dropped]
    for name, column in schema.columns.items():
        column.checks = [check for number, check in enumerate(column.checks) if (name, number) not in dropped]
    return replace(contract, schema=schema)
