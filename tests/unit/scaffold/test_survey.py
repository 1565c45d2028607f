import numpy as np
import pandas as pd
import pyarrow as pa

from wardround.scaffold import survey as module
from wardround.scaffold.outcome import Exclusion, Label
from wardround.scaffold.survey import survey


def frame(rows=5000, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "id": np.arange(rows).astype(str),
            "x": np.round(rng.normal(size=rows), 2).astype(str),
            "level": rng.choice(["a", " b", "", "c"], rows),
            "y": rng.integers(0, 2, rows).astype(str),
        }
    )


def batches(table, size=777):
    schema = pa.schema([(name, pa.string()) for name in table.columns])
    return pa.Table.from_pandas(table, schema=schema, preserve_index=False).to_batches(max_chunksize=size)


def look(table, **exclude):
    return survey(batches(table), tuple(table.columns), Label("y", "1"), Exclusion(exclude))


def test_counts_are_exact():
    table = frame()
    found = look(table, level=("a",))
    kept = table[table["level"] != "a"]
    assert (found.rows, found.eligible) == (len(table), len(kept))
    assert found.labels.positives == (kept["y"] == "1").sum()
    assert found.columns["level"].levels == {
        "a": (table["level"] == "a").sum(),
        "b": (table["level"] == " b").sum(),
        "c": (table["level"] == "c").sum(),
    }
    assert found.columns["level"].facts.blank == (table["level"] == "").sum()
    numbers = found.columns["x"].facts.numbers
    assert numbers.low == table["x"].astype(float).min()
    assert numbers.high == table["x"].astype(float).max()
    assert found.columns["id"].unique
    assert not found.columns["x"].unique


def test_a_value_that_repeats_in_a_later_batch_is_found():
    table = frame()
    table.loc[4999, "id"] = "3"
    assert not look(table).columns["id"].unique


def test_repeated_rows_are_counted():
    table = pd.concat([frame(), frame().head(30)], ignore_index=True)
    assert look(table).repeated_rows == 30
    assert look(frame()).repeated_rows == 0


def test_the_same_texts_in_other_columns_are_another_row():
    table = pd.DataFrame({"a": ["1", "2"], "b": ["2", "1"], "y": ["0", "0"]})
    assert look(table).repeated_rows == 0


def test_too_many_levels_become_facts(monkeypatch):
    table = frame()
    exact = look(table).columns["x"].facts
    monkeypatch.setattr(module, "MOST_LEVELS", 50)
    found = look(table).columns["x"]
    assert found.levels is None
    assert found.facts.numbers == exact.numbers
    assert found.facts.rows == exact.rows


def test_the_sample_is_every_kth_row(monkeypatch):
    monkeypatch.setattr(module, "_SAMPLE_ROWS", 600)
    monkeypatch.setattr(module, "_FEWEST_ROWS", 600)
    table = frame()
    found = look(table)
    places = found.sample["id"].astype(int).to_numpy()
    steps = set(np.diff(places))
    assert len(steps) == 1
    assert 600 <= len(places) <= 1200
    assert found.sample_outcome.tolist() == table["y"].iloc[places].astype(int).tolist()
    again = survey(batches(table, 100), tuple(table.columns), Label("y", "1"), Exclusion({}))
    assert again.labels.levels == found.labels.levels
