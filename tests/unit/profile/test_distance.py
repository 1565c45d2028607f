"""Distances against scipy and closed forms."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.spatial.distance import jensenshannon

from wardround.profile import ColumnSpec, distance, profile_batches
from wardround.profile.distance import PSEUDO_COUNT, jensen_shannon, psi


def profiled(kind="float", **columns):
    return profile_batches([ColumnSpec(name, kind) for name in columns], [pa.record_batch(columns)])


def test_psi_and_jensen_shannon():
    a, b = np.array([30.0, 50, 20]), np.array([10.0, 60, 80])
    p, q = ((x + PSEUDO_COUNT) / (x + PSEUDO_COUNT).sum() for x in (a, b))
    assert psi(a, b) == pytest.approx(sum((q[i] - p[i]) * np.log(q[i] / p[i]) for i in range(3)))
    assert jensen_shannon(a, b) == pytest.approx(jensenshannon(a / a.sum(), b / b.sum(), base=2) ** 2)
    assert jensen_shannon(np.array([1.0, 0]), np.array([0.0, 1])) == 1


def test_shift_of_a_normal_column():
    rng = np.random.default_rng(3)
    a, b = rng.normal(50, 10, 40_000), rng.normal(60, 10, 40_000)
    found = distance(profiled(x=pa.array(a)), profiled(x=pa.array(b)))[0]
    assert found.smd == pytest.approx((b.mean() - a.mean()) / np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2))
    edges = np.quantile(a, np.arange(0.1, 1, 0.1))
    plain = psi(*(np.bincount(np.searchsorted(edges, x), minlength=10).astype(float) for x in (a, b)))
    assert found.psi == pytest.approx(plain, rel=0.05)
    same = distance(profiled(x=pa.array(a)), profiled(x=pa.array(rng.normal(50, 10, 40_000))))[0]
    assert same.psi < 5 * same.psi_noise < 0.01


def test_categories_missing_values_and_changed_columns():
    a = profiled("category", x=pa.array(["a"] * 30 + ["b"] * 70), gone=pa.array(["a"] * 100))
    b = profiled("category", x=pa.array(["a"] * 45 + ["b"] * 45 + [None] * 10), new=pa.array(["a"] * 100))
    found = {item.name: item for item in distance(a, b)}
    p, q = 0.3, 0.5
    assert found["x"].smd == pytest.approx(abs(q - p) / np.sqrt((p * (1 - p) + q * (1 - q)) / 2))
    assert found["x"].missing == pytest.approx(0.1)
    assert (found["gone"].reason, found["new"].reason) == ("the column is gone", "the column is new")
