"""An encounter that is asked twice is one encounter, in bounded memory; one without an id is nobody else's."""

import hashlib

import numpy as np
import pyarrow as pa
import pytest

from wardround.monitoring.drift.once import Once, hashed
from wardround.tables.hashing import stable_hash


def table(encounters, moments=None):
    moments = range(len(encounters)) if moments is None else moments
    return pa.table(
        {"encounter": pa.array(encounters, pa.string()), "at": list(moments), "row": list(range(len(encounters)))}
    )


def fresh(once, made):
    return once.fresh(made, "encounter", "at").column("row").to_pylist()


def test_the_earliest_of_a_part_counts_and_a_later_part_does_not():
    once = Once()
    assert fresh(once, table(["a", "b", "a", "c", "a"], [5, 1, 3, 2, 9])) == [1, 2, 3]
    assert fresh(once, table(["c", "d", "a"])) == [1]
    assert fresh(once, table([])) == []
    assert fresh(once, table(["d", "b"])) == []


def test_without_an_id_every_answer_is_an_encounter():
    once = Once()
    for _ in range(2):
        assert fresh(once, table([None, "", None, ""])) == [0, 1, 2, 3]


def test_many_parts_are_remembered_and_the_oldest_are_forgotten_first():
    once = Once(most=8000)
    names = [hashlib.sha256(str(k).encode()).hexdigest() for k in range(20_000)]
    for start in range(0, 20_000, 100):
        assert len(fresh(once, table(names[start : start + 100]))) == 100
    assert sum(part.size for part in once._known) <= 8000
    assert len(once._known) <= 24
    assert fresh(once, table(names[-5000:])) == []
    assert len(fresh(once, table(names[:100]))) == 100


@pytest.mark.parametrize("chunked", [False, True])
def test_keyed_hashes_are_told_apart_by_every_digit(chunked):
    draw = np.random.default_rng(1)
    one = draw.bytes(32).hex()
    names = [one[:k] + ("0" if one[k] != "0" else "1") + one[k + 1 :] for k in range(64)] + [one, one]
    values = pa.array(["0" * 64, *names])[1:]
    found = hashed(pa.chunked_array([values[:30], values[30:]]) if chunked else values)
    assert len(set(found.tolist())) == 65
    assert found[-1] == found[-2]
    assert hashed(pa.array(["a", "bc"])).tolist() == stable_hash(pa.array(["a", "bc"])).tolist()
