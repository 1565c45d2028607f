"""The keyed hash of many values is the keyed hash of each."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from wardround.monitoring.predictions import keyed
from wardround.scoring import hashing
from wardround.scoring.hashing import hexadecimal, keyed_all


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=16, max_size=150), st.lists(st.text(max_size=200), max_size=12))
def test_the_same_as_one_by_one(key, values):
    values = [text.encode("utf-8", "replace").decode() for text in values]
    for kind in ("subject", "encounter"):
        assert keyed_all(key, kind, values).to_pylist() == [keyed(key, kind, value) for value in values]


def test_every_length_around_a_block():
    values = ["x" * size for size in range(200)]
    assert keyed_all(b"k" * 32, "subject", values).to_pylist() == [keyed(b"k" * 32, "subject", v) for v in values]


def test_numbers_are_hashed_as_text():
    assert keyed_all(b"k" * 32, "subject", [12, 13]).to_pylist() == [
        keyed(b"k" * 32, "subject", v) for v in ("12", "13")
    ]


def test_a_wrong_kernel_is_found_out(monkeypatch):
    monkeypatch.setattr(hashing, "_START", hashing._START + np.uint32(1))
    assert keyed_all(b"k" * 32, "subject", ["a"]).to_pylist() == [keyed(b"k" * 32, "subject", "a")]


@pytest.mark.parametrize("before", ["", "abc"])
def test_hexadecimal(before):
    values = np.random.default_rng(1).integers(0, 256, (50, 4)).astype(np.uint8)
    assert hexadecimal(values, before).to_pylist() == [before + bytes(row).hex() for row in values]
    assert hexadecimal(values[:0], before).to_pylist() == []
