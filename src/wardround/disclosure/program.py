"""The reader's knowledge as an integer program: non-negative whole numbers of people, and what is published about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardround.disclosure.nearest import SECONDS, Nearest, nearest, neighbours

Terms = Mapping[int, float]
World = NDArray[np.float64]

#: Slack of a statement about means, whose coefficients are no whole numbers.
_SLACK = 1e-6
#: Where programs are large a node costs more: so many variables times nodes then (project choice: seconds on a laptop).
_WORK = 2_000_000
#: More variables than these are not solved at once, but by way of the nearest fractional world (project choice, by measurement).
_MANY = 600
#: Branch-and-bound nodes after which a program counts as unsolved: unlike a clock, the same on every machine.
_NODES = 5000


@dataclass
class Program:
    """Variables are numbered as they are made; rows are weighted sums of them between two limits."""

    variables: int = 0
    _rows: list[tuple[Terms, float, float]] = field(default_factory=list)

    def counts(self, number: int) -> list[int]:
        """That many new unknown counts; their numbers."""
        self.variables += number
        return list(range(self.variables - number, self.variables))

    def between(self, terms: Terms, low: float, high: float) -> None:
        """States that the weighted sum lies between the limits."""
        self._rows.append((terms, low, high))

    def finished(self) -> Statements:
        """The program as it stands."""
        return Statements(self.variables, tuple(self._rows))


@dataclass(frozen=True)
class Statements:
    """A finished program."""

    variables: int
    rows: tuple[tuple[Terms, float, float], ...]

    @cached_property
    def _matrix(self) -> Any:
        from scipy.sparse import csr_array

        data = [weight for terms, _, _ in self.rows for weight in terms.values()]
        columns = [place for terms, _, _ in self.rows for place in terms]
        starts = np.cumsum([0, *(len(terms) for terms, _, _ in self.rows)])
        return csr_array((data, columns, starts), shape=(len(self.rows), self.variables)).tocsc()

    @cached_property
    def _limits(self) -> tuple[World, World]:
        low, high = (np.array([row[side] for row in self.rows], dtype=np.float64) for side in (1, 2))
        return low, high

    def allows(self, world: World) -> bool:
        """Whether the world satisfies every statement: solutions are checked, not believed."""
        low, high = self._limits
        found = self._matrix @ world
        return bool((world >= 0).all() and (found >= low - _SLACK).all() and (found <= high + _SLACK).all())

    def some(self) -> World | None:
        """Any world that the statements allow; None when none was found in time."""
        return self.far(np.zeros(self.variables), {}, 0, range(self.variables))

    def far(self, base: World, wish: Terms, least: float, free: Iterable[int]) -> World | None:
        """An allowed world with ``wish`` at ``least`` or more that differs from ``base`` in ``free`` variables only.

        Of many variables those are looked for first that have to change (``nearest``): a solver takes minutes for all of them.
        """
        varied = np.array(sorted(free), dtype=np.int64)
        if len(varied) <= _MANY:
            return self._solve(varied, base, wish, least)
        close, matrix = self._nearest(varied, base, wish, least)
        if close.impossible:
            return None
        if close.moved is not None and len(close.moved):
            world = self._solve(varied[close.moved], base, wish, least)
            if world is None:
                world = self._solve(varied[neighbours(matrix, close.moved)], base, wish, least)
            if world is not None:
                return world
        return self._solve(varied, base, wish, least)

    def excludes(self, base: World, terms: Terms, most: float) -> bool:
        """Whether it is proven that no allowed world has the weighted sum at ``most`` or less, not even in fractions of people."""
        wish = {place: -weight for place, weight in terms.items()}
        return self._nearest(np.arange(self.variables), np.maximum(base, 0), wish, -most)[0].impossible

    def _nearest(self, free: NDArray[np.int64], base: World, wish: Terms, least: float) -> tuple[Nearest, Any]:
        """The nearest fractional world, and the rows of the free variables."""
        matrix, low, high = self._rows_of(free, base, wish, least)
        now = matrix @ base[free]
        return nearest(matrix, (low - now - _SLACK, high - now + _SLACK), base[free]), matrix

    def _rows_of(self, free: NDArray[np.int64], base: World, wish: Terms, least: float) -> tuple[Any, World, World]:
        """The statements about the free variables, the others being as in ``base``; and the wish as one more."""
        from scipy.sparse import csr_array, vstack

        low, high = self._limits
        fixed = base.copy()
        fixed[free] = 0
        settled = self._matrix @ fixed
        part = self._matrix[:, free].tocsr()
        touched = np.diff(part.indptr) > 0
        part, low, high = part[touched], (low - settled)[touched], (high - settled)[touched]
        if wish:
            weights = np.zeros(self.variables)
            weights[list(wish)] = list(wish.values())
            part = vstack([part, csr_array(weights[free][np.newaxis])])
            low, high = np.append(low, least - weights @ fixed), np.append(high, np.inf)
        return part, low, high

    def _solve(self, free: NDArray[np.int64], base: World, wish: Terms, least: float) -> World | None:
        from scipy.optimize import Bounds, LinearConstraint, milp

        part, low, high = self._rows_of(free, base, wish, least)
        nodes = max(1, min(_NODES, _WORK // max(len(free), 1)))
        found = milp(
            np.zeros(len(free)),
            integrality=np.ones(len(free), dtype=np.int64),
            bounds=Bounds(0, np.inf),
            constraints=[LinearConstraint(part, low, high)],
            options={"time_limit": SECONDS, "node_limit": nodes},
        )
        if found.x is None:
            return None
        world: World = base.copy()
        world[free] = np.round(found.x)
        return world if self.allows(world) else None


def value(terms: Terms, world: World) -> float:
    """The weighted sum in that world."""
    return float(sum(weight * world[place] for place, weight in terms.items()))


def total(places: Iterable[int]) -> dict[int, float]:
    """The plain sum of variables."""
    return dict.fromkeys(places, 1.0)
