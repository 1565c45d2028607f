"""Features at training and features at serving are the same bits, on 10,000 encounters; batches and single requests too."""

import datetime as dt

import modelling_sample as sample
import numpy as np
import pandas as pd
import pytest
from service_sample import make

from wardround import contract
from wardround.project.sections import Columns
from wardround.service.asking import Item
from wardround.service.engine import Engine
from wardround.service.settings import Settings
from wardround.stages.features import encode
from wardround.stages.features.reading import read_matrix
from wardround.stages.serving.encounters import Keys, arrange
from wardround.stages.serving.records import frame_from_records, to_records, with_keys
from wardround.stages.serving.scorer import load


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    return make(tmp_path_factory.mktemp("large") / "project", frame=sample.encounters(10_000, seed=5))


@pytest.fixture(scope="module")
def engine(large):
    return Engine.load(Settings(project=large.root, model=large.layout.model))


@pytest.fixture(scope="module")
def items(large, engine):
    """Every encounter of the snapshot as a request has it, with all earlier encounters of its subject, in snapshot order."""
    paths = sorted(large.layout.snapshot.glob("*.parquet"))
    frame = pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)
    shown = frame[[column.name for column in engine.parser.columns]]
    plain = shown.astype(object).where(shown.notna(), None)
    records = to_records(plain)
    rows = [row for record in records for row in engine.parser.rows({"history": [], "encounter": record})]
    made, first = [], 0
    subjects = frame["patient"].tolist()
    for place, row in enumerate(rows):
        if place and subjects[place] != subjects[place - 1]:
            first = place
        made.append(Item(row, tuple(rows[first:place])))
    return made


def test_ten_thousand_encounters_bit_by_bit(large, engine, items):
    trained = read_matrix(large.layout, engine.scorer.spec)
    assert len(items) == len(trained) == 10_000
    rng = np.random.default_rng(0)
    served = np.empty_like(trained)
    # in batches of many sizes, in an order of chance, as requests come
    order = rng.permutation(len(items))
    place = 0
    while place < len(order):
        some = order[place : place + int(rng.integers(1, 400))]
        served[some] = engine.score([items[number] for number in some]).matrix
        place += len(some)
    np.testing.assert_array_equal(served.view(np.int64), trained.view(np.int64))


def test_one_by_one_bit_by_bit(large, engine, items):
    trained = read_matrix(large.layout, engine.scorer.spec)
    some = np.random.default_rng(1).choice(len(items), 300, replace=False)
    alone = np.vstack([engine.score([items[number]]).matrix for number in some])
    np.testing.assert_array_equal(alone.view(np.int64), trained[some].view(np.int64))


def test_probabilities_are_those_of_training(large, engine, items):
    scorer = load(large.layout.model)
    wanted = scorer.probabilities(read_matrix(large.layout, scorer.spec))
    found = engine.score(items[:2000]).probability
    np.testing.assert_array_equal(found, wanted[:2000])


def test_one_subject_many_times_in_a_batch(engine, items):
    longest = max(items, key=lambda item: len(item.history))
    subject = longest.encounter[engine.parser.keys.subject]
    own = [item for item in items if item.encounter[engine.parser.keys.subject] == subject]
    assert len(own) > 2
    together = engine.score([*own, *own]).matrix
    alone = np.vstack([engine.score([item]).matrix for item in [*own, *own]])
    np.testing.assert_array_equal(together.view(np.int64), alone.view(np.int64))


def test_the_steps_are_the_same_bits_whatever_happens_between(engine, items):
    """Two requests at once, each of one subject: their rounds take turns, and one of another subject comes between."""
    subject = engine.parser.keys.subject
    longest = max(items, key=lambda item: len(item.history))
    own = [item for item in items if item.encounter[subject] == longest.encounter[subject]] * 3
    wanted, alone = engine.score(own), engine.score([items[0]])
    running, ended = [engine.steps(own), engine.steps(own[::-1])], []
    while running:
        for steps in tuple(running):
            try:
                next(steps)
            except StopIteration as done:
                ended.append(done.value)
                running.remove(steps)
            np.testing.assert_array_equal(engine.score([items[0]]).matrix.view(np.int64), alone.matrix.view(np.int64))
    for found, place in zip(ended, (slice(None), slice(None, None, -1)), strict=True):
        np.testing.assert_array_equal(found.matrix[place].view(np.int64), wanted.matrix.view(np.int64))
        np.testing.assert_array_equal(found.probability[place], wanted.probability)


def test_a_matrix_without_a_frame_is_the_same(engine, items):
    frame, _ = arrange([item.encounter for item in items[:500]], engine.parser.keys)
    found = engine.scorer.matrix(engine.builder.columns(frame))
    wanted = encode(engine.builder.build(frame), engine.scorer.spec)
    np.testing.assert_array_equal(found.view(np.int64), wanted.view(np.int64))


PARSED = {"datetime": dt.datetime.fromisoformat, "float": float}
RECORDS = [
    {
        "visit": "v2",
        "patient": "p",
        "at": "2024-05-01T08:00:00",
        "left": None,
        "age": 50,
        "sex": "f",
        "smoker": True,
        "lab": 1.5,
    },
    {"visit": "v1", "patient": "p", "at": "2024-05-01T08:00:00", "left": "2024-05-02T08:00:00.5", "age": None},
    {"visit": "ä", "patient": "q", "at": None, "sex": "m", "code": "a", "smoker": False, "lab": 0},
    {"visit": "b", "patient": "q", "at": "1969-12-31T23:59:59", "code": "e", "lab": None},
    {"visit": "", "patient": "a", "at": "2300-01-01T00:00:00"},
]


@pytest.mark.parametrize(
    "columns",
    [
        Columns(encounter="visit", subject="patient", time="at", site="sex", outcome="again"),
        Columns(encounter="visit", subject="patient", outcome="again"),
        Columns(encounter="visit", outcome="again"),
        Columns(outcome="again"),
        Columns(subject="age", time="at", outcome="again"),
        Columns(subject="smoker", encounter="lab", site="age", outcome="again"),
        Columns(subject="patient", time="age", outcome="again"),
    ],
)
@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_frame_is_the_one_of_a_snapshot(columns, count):
    agreed = contract.load_text(sample.CONTRACT)
    shown = [column for column in agreed.columns if column.known_at != "outcome"]
    whole = [{column.name: record.get(column.name) for column in shown} for record in RECORDS[:count]]
    wanted = with_keys(frame_from_records(whole, agreed), columns)
    rows = [
        [
            value if value is None else PARSED.get(column.kind, lambda same: same)(value)
            for column, value in zip(shown, record.values(), strict=True)
        ]
        for record in whole
    ]
    found, where = arrange(rows, Keys.of(shown, columns))
    assert where[wanted.index].tolist() == list(range(count))
    pd.testing.assert_frame_equal(found, wanted.reset_index(drop=True), check_exact=True)
