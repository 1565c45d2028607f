"""The nearest world in fractions: which few counts have to change so that a wish comes true, by a linear program.

A program over all unknowns of a large publication takes a solver minutes to find in whole numbers. The world that differs least from a
known one (by the sum of all changes) is a linear program of a tenth of a second, changes few counts, and tells at once when no world has
the wish: if none has it in fractions, none has it in whole people. Whole numbers are then looked for among the changed counts alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Seconds for one program, a last resort far beyond its limit of nodes. What is not solved by then is neither found nor proven.
SECONDS = 600.0
#: What ``milp`` answers when it has proven that nothing satisfies the rows.
_INFEASIBLE = 2
#: A smaller change is the solver's rounding.
_CHANGE = 1e-7
#: Rows with at most so many unknowns are relations between cells; longer ones are totals. Project choice.
_SHORT = 12


@dataclass(frozen=True)
class Nearest:
    """``impossible``: proven. ``moved``: the unknowns that change in the nearest fractional world, if one was found."""

    impossible: bool = False
    moved: NDArray[np.int64] | None = None


def nearest(matrix: Any, limits: tuple[NDArray[np.float64], NDArray[np.float64]], base: NDArray[np.float64]) -> Nearest:
    """The smallest changes of ``base`` (unknowns are never below zero) after which every row lies between its limits.

    Args:
        matrix: rows by unknowns, sparse.
        limits: lower and upper, by row, as what is to be *added* to what ``base`` gives.
        base: the known counts.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import hstack

    number = len(base)
    up_and_down = hstack([matrix, -matrix]).tocsr()
    most = np.concatenate([np.full(number, np.inf), base])
    found = milp(
        np.ones(2 * number),
        bounds=Bounds(np.zeros(2 * number), most),
        constraints=[LinearConstraint(up_and_down, *limits)],
        options={"time_limit": SECONDS},
    )
    if found.x is None:
        return Nearest(impossible=found.status == _INFEASIBLE)
    changes = found.x[:number] + found.x[number:]
    return Nearest(moved=np.flatnonzero(changes > _CHANGE))


def neighbours(matrix: Any, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """The unknowns that share a short row with one of ``places``, and these themselves: where a fraction can be made whole."""
    rows = matrix.tocsr()
    touched = np.flatnonzero(np.diff(matrix.tocsc()[:, places].tocsr().indptr))
    short = [row for row in touched if rows.indptr[row + 1] - rows.indptr[row] <= _SHORT]
    near = [rows.indices[rows.indptr[row] : rows.indptr[row + 1]] for row in short]
    return np.unique(np.concatenate([places, *near]))
