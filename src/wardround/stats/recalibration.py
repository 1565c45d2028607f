"""Recalibration of probabilities as small frozen values that are stored as plain JSON and applied to whole arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from wardround.stats.logistic import fit_line, logit

Kind = Literal["intercept", "platt", "isotonic"]


@dataclass(frozen=True)
class Recalibration:
    """A monotone map of probabilities.

    ``intercept`` and ``platt`` map p to expit(intercept + slope · logit p), with slope 1 for ``intercept``.
    ``isotonic`` interpolates linearly between the knots (``x`` ascending, ``y`` never falling) and is constant beyond
    them.
    """

    kind: Kind
    intercept: float = 0.0
    slope: float = 1.0
    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in {"intercept", "platt", "isotonic"}:
            msg = f"a recalibration is intercept, platt or isotonic, not {self.kind!r}"
            raise ValueError(msg)
        if not all(math.isfinite(number) for number in (self.intercept, self.slope, *self.x, *self.y)):
            raise ValueError("a recalibration has finite numbers only")
        if self.kind == "isotonic":
            _check_knots(self.x, self.y)

    def apply(self, probability: ArrayLike) -> NDArray[np.float64]:
        """The recalibrated probabilities, same shape; elementwise, so that a batch and its rows give the same bits."""
        given = np.asarray(probability, dtype=np.float64)
        if self.kind == "isotonic":
            return np.asarray(np.interp(given, self.x, self.y), dtype=np.float64)
        return np.asarray(expit(self.intercept + self.slope * logit(given)), dtype=np.float64)

    def plain(self) -> dict[str, Any]:
        """The recalibration as JSON types; floats survive the round trip exactly."""
        if self.kind == "isotonic":
            return {"kind": self.kind, "x": list(self.x), "y": list(self.y)}
        return {"kind": self.kind, "intercept": self.intercept, "slope": self.slope}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """The recalibration that :meth:`plain` described.

        Raises:
            ValueError: an unknown kind, a missing or foreign key, or numbers that are not finite or not ascending.
        """
        wanted = {"kind", "x", "y"} if plain.get("kind") == "isotonic" else {"kind", "intercept", "slope"}
        if set(plain) != wanted:
            msg = f"a recalibration has the keys {sorted(wanted)}, not {sorted(plain)}"
            raise ValueError(msg)
        numbers = {
            key: tuple(map(float, plain[key])) if key in "xy" else float(plain[key]) for key in wanted - {"kind"}
        }
        return cls(kind=plain["kind"], **numbers)  # type: ignore[arg-type]  # checked in __post_init__


def fit_intercept(probability: ArrayLike, outcome: ArrayLike) -> Recalibration:
    """Shifts the logits so that the mean probability is the event rate (calibration-in-the-large).

    Raises:
        ValueError: no encounters, or one class only.
    """
    given, events = _checked(probability, outcome)
    fit = fit_line(logit(given), events, np.zeros(1), slope_fixed=True)
    if not fit.converged:
        raise ValueError(fit.reason)
    return Recalibration("intercept", intercept=float(fit.coefficients[0]))


def fit_platt(probability: ArrayLike, outcome: ArrayLike) -> Recalibration:
    """Logistic recalibration of the logits (Cox 1958; Platt 1999 without his smoothed targets).

    Raises:
        ValueError: no encounters, one class only, or scores that are constant or separate the classes.
    """
    given, events = _checked(probability, outcome)
    fit = fit_line(logit(given), events, np.array([0.0, 1.0]), slope_fixed=False)
    if not fit.converged:
        raise ValueError(fit.reason)
    return Recalibration("platt", intercept=float(fit.coefficients[0]), slope=float(fit.coefficients[1]))


def fit_isotonic(probability: ArrayLike, outcome: ArrayLike) -> Recalibration:
    """Isotonic regression of the outcome on the probability (Zadrozny & Elkan 2002) by pool-adjacent-violators.

    Tied scores are pooled first. Only the two ends of each level are kept as knots.

    Raises:
        ValueError: no encounters, or one class only.
    """
    from scipy.optimize import isotonic_regression

    given, events = _checked(probability, outcome)
    knots, position, counts = np.unique(given, return_inverse=True, return_counts=True)
    rates = np.bincount(position, weights=events, minlength=knots.size) / counts
    levels = isotonic_regression(rates, weights=counts.astype(np.float64)).x
    edge = np.ones(knots.size, dtype=bool)
    edge[1:-1] = (levels[1:-1] != levels[:-2]) | (levels[1:-1] != levels[2:])
    return Recalibration(
        "isotonic",
        x=tuple(knots[edge].tolist()),
        y=tuple(np.clip(levels[edge], 0.0, 1.0).tolist()),
    )


FITS = {"intercept": fit_intercept, "platt": fit_platt, "isotonic": fit_isotonic}


def _checked(probability: ArrayLike, outcome: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    given = np.asarray(probability, dtype=np.float64)
    events = np.asarray(outcome, dtype=np.float64)
    if given.shape != events.shape or given.ndim != 1 or given.size == 0:
        raise ValueError("recalibration needs as many probabilities as outcomes, and at least one")
    if not np.all((given >= 0.0) & (given <= 1.0)):
        raise ValueError("recalibration needs probabilities between 0 and 1")
    if events.min() == events.max():
        raise ValueError("recalibration needs events and non-events")
    return given, events


def _check_knots(x: tuple[float, ...], y: tuple[float, ...]) -> None:
    if len(x) != len(y) or not x:
        raise ValueError("an isotonic recalibration has as many x as y, and at least one")
    if any(later <= earlier for earlier, later in pairwise(x)):
        raise ValueError("the x of an isotonic recalibration ascend")
    if any(later < earlier for earlier, later in pairwise(y)):
        raise ValueError("the y of an isotonic recalibration never fall")
