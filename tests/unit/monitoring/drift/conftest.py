"""Tables of made-up encounters, and windows of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from wardround.evidence.monitor import Span
from wardround.evidence.profile import Profile
from wardround.monitoring.drift import Window
from wardround.profile import ColumnSpec, profile_batches

SPECS = (
    ColumnSpec("creatinine", "float"),
    ColumnSpec("sodium", "float"),
    ColumnSpec("score", "integer"),
    ColumnSpec("diagnosis", "category"),
    ColumnSpec("smoker", "boolean"),
    ColumnSpec("hospital", "category"),
)
LEVELS = ("heart_failure", "copd", "stroke", "cardiac_other", "other")
SHARES = (0.2, 0.3, 0.2, 0.2, 0.1)


def encounters(n: int, seed: int = 1, **trouble: float) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "creatinine": np.round(rng.lognormal(4.4, 0.35, n) * np.exp(trouble.get("shift", 0.0)), 0),
        "sodium": np.round(rng.normal(139, 4, n), 0),
        "score": rng.poisson(1.5, n),
        "diagnosis": rng.choice(LEVELS, n, p=SHARES),
        "smoker": rng.random(n) < 0.2,
        "hospital": rng.choice(["a", "b", "c"], n),
    }


def profile(columns: dict[str, np.ndarray], specs: Sequence[ColumnSpec] = SPECS) -> Profile:
    return profile_batches(specs, pa.table(columns).to_batches())


def span(number: int) -> Span:
    start = dt.date(2025, 1, 6) + dt.timedelta(days=7 * number)
    return Span(name=start.isoformat(), start=start, end=start + dt.timedelta(days=7))


def window(number: int, columns: dict[str, np.ndarray]) -> Window:
    return Window(span(number), profile(columns))


@pytest.fixture(scope="session")
def tables() -> SimpleNamespace:
    """What makes tables, profiles and windows."""
    return SimpleNamespace(encounters=encounters, profile=profile, span=span, window=window)


@pytest.fixture(scope="session")
def reference() -> Profile:
    return profile(encounters(20_000, seed=100))


@pytest.fixture
def made() -> Callable[..., tuple[Window, ...]]:
    """Four windows; what ``change`` does to the columns happens from the third on."""

    def make(
        change: Callable[[dict[str, np.ndarray], np.random.Generator], None] | None = None, n: int = 2000
    ) -> tuple[Window, ...]:
        found = []
        for number in range(4):
            columns = encounters(n, seed=number + 1)
            if change is not None and number >= 2:
                change(columns, np.random.default_rng(number))
            found.append(window(number, columns))
        return tuple(found)

    return make
