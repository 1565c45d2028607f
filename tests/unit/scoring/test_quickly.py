"""The quick ways give what the plain ones give: order, hashes, codes, warnings, and several pieces of work at once."""

import threading
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from wardround.contract import ContractColumn, Kind
from wardround.scoring import together as pieces
from wardround.scoring.arranging import arranged
from wardround.scoring.coding import coding, decoded
from wardround.scoring.flagging import flagging
from wardround.scoring.hashing import text_hashes
from wardround.scoring.spilling import Spill
from wardround.scoring.together import together
from wardround.service.ranging import Ranges
from wardround.stages.ingest.casting import Wanted
from wardround.stages.serving.manifest import ManifestFeature
from wardround.tables import stable_hash


def asked(rows, people, seed, kind):
    rng = np.random.default_rng(seed)
    times = pa.array(rng.integers(0, 40, rows), mask=rng.random(rows) < 0.1)
    return pa.table(
        {
            "who": pa.array([f"p{number}" for number in rng.integers(0, people, rows)], pa.string()),
            "at": times.cast(kind) if kind != pa.float64() else times.cast(kind, safe=False),
            "visit": pa.array([f"v{number}" for number in rng.integers(0, rows, rows)], mask=rng.random(rows) < 0.1),
        }
    )


@pytest.mark.parametrize("kind", [pa.timestamp("us"), pa.int64(), pa.float64()])
@pytest.mark.parametrize("people", [1, 5, 300])
@pytest.mark.parametrize("keys", [["at", "visit"], ["at"], ["visit"], ["at", "at"], []])
def test_the_order_is_that_of_arrow(kind, people, keys):
    table = asked(800, people, people, kind)
    order, group, first = arranged(table, table.column("who").combine_chunks(), keys)
    sorting = [(name, "ascending") for name in dict.fromkeys(["who", *keys])]
    assert order.equals(pc.sort_indices(table, sort_keys=sorting).cast(pa.int64()))
    who = table.column("who").take(order).to_pylist()
    assert group.tolist() == np.unique(who, return_inverse=True)[1].tolist()
    assert first.tolist() == np.unique(who, return_index=True)[1].tolist()


def test_the_order_of_nothing():
    table = asked(0, 1, 0, pa.int64())
    assert [len(found) for found in arranged(table, table.column("who").combine_chunks(), ["at"])] == [0, 0, 0]


def test_hashes_of_text():
    texts = pa.array(["", "a", "ä", "subject-1", "x" * 500, "subject-1"])
    assert text_hashes(texts).tolist() == stable_hash(texts).tolist()
    assert text_hashes(texts[2:5]).tolist() == stable_hash(texts[2:5]).tolist()
    assert text_hashes(texts[:0]).tolist() == []


def test_warnings_in_one_pass():
    features = (
        ManifestFeature(name="a", low=-1.0, high=1.0, complete=True),
        ManifestFeature(name="b"),
        ManifestFeature(name="c", categories=("p", "q", "r"), rare=(0, 2)),
    )
    rng = np.random.default_rng(3)
    matrix = np.column_stack([rng.normal(size=(500, 2)), rng.integers(0, 3, 500)])
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    for given in (matrix, np.asfortranarray(matrix), matrix[:0]):
        assert flagging(features)(given).tolist() == Ranges(features).flagged(given).tolist()


@pytest.mark.parametrize("encoded", [True, False])
def test_codes_and_back(encoded):
    column = ContractColumn("ward", Kind.CATEGORY, nullable=False, missing=("n/a",), categories=("east", "west"))
    data = SimpleNamespace(
        columns=SimpleNamespace(encounter="id", subject=None, time=None), exclude={"ward": ("closed", "west")}
    )
    levels = coding([column, ContractColumn("id", Kind.CATEGORY, categories=("1",))], data)
    assert list(levels) == ["ward"]
    raw = pa.array([" east", "west", None, "moon", "n/a", "closed", "", "east"])
    codes, wrong = levels["ward"].coded(raw.dictionary_encode() if encoded else raw, Wanted.of(column))
    assert {rule: np.flatnonzero(mask).tolist() for rule, mask in wrong} == {
        "nullable": [2, 4, 6],
        "categories": [3, 5],
    }
    assert not codes.null_count
    texts = decoded(pa.table({"ward": codes}), levels).column("ward").to_pylist()
    assert texts == ["east", "west", None, None, None, "closed", None, "east"]


def test_pieces_in_order_and_not_too_many(monkeypatch):
    monkeypatch.setattr(pieces, "available_threads", lambda: 3)
    begun, finished = [], []

    def work():
        for number in range(40):
            begun.append(number)
            assert len(begun) - len(finished) <= 5
            yield lambda number=number: number * number

    for found in together(work()):
        finished.append(found)  # noqa: PERF402 - counted while they come
    assert finished == [number * number for number in range(40)]


def test_a_piece_that_fails_is_the_last(monkeypatch):
    monkeypatch.setattr(pieces, "available_threads", lambda: 2)
    done = []

    def piece(number):
        if number == 3:
            raise ValueError(number)
        done.append(number)

    with pytest.raises(ValueError, match="3"):
        list(together(lambda number=number: piece(number) for number in range(1000)))
    assert set(done) <= set(range(7))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("score_")]


def test_rows_on_disk_of_an_earlier_form_are_not_used(tmp_path):
    spill = Spill(tmp_path / "spill", 1, pa.schema([("a", pa.int64())]))
    spill.begin()
    spill.add(spill.sorted(pa.record_batch({"a": [1, 2]}), pa.array(["x", "y"])))
    spill.end()
    assert spill.complete([0])
    told = (tmp_path / "spill" / "complete.json").read_text()
    (tmp_path / "spill" / "complete.json").write_text(
        told.replace('"form": 2', '"form": 1').replace('"form":2', '"form":1')
    )
    assert not spill.complete([0])
