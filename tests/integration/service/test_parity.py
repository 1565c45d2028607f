"""What the service answers over HTTP is what evaluation gives the same encounters: 100,000 of each served form, where they may differ.

Evaluation's way is pandas frames and the trained estimator (scikit-learn from skops, then the recalibration). The service's way is HTTP, JSON,
its own frames, and the served form. Encounters are drawn from the contract; a third of them has a number exactly on a split threshold of the
model, and categories that no training row had and missing values are among them.
"""

import numpy as np
import pandas as pd
import pytest
import served
import service_sample

from wardround import contract
from wardround.contract.model import Kind
from wardround.stages.features import frames
from wardround.stages.features.building import Builder
from wardround.stages.features.spec import encode
from wardround.stages.serving import store
from wardround.stages.serving.forms import positive
from wardround.stages.serving.records import frame_from_records, to_records, with_keys
from wardround.stages.serving.scorer import calibrated, load
from wardround.stages.train.drawing import draw
from wardround.stages.train.parity import thresholds

ROWS = 100_000
CHUNK = 1000
#: The model settings, and the largest accepted |Δp| of each served form.
FORMS = {
    "treelite": ({"kind": "hist_gradient_boosting", "settings": {"max_iter": 60, "min_samples_leaf": 10}}, 1e-9),
    "onnx": ({"kind": "logistic_regression", "settings": {}}, 1e-6),
}


@pytest.fixture(scope="module", params=FORMS)
def form(request, tmp_path_factory):
    model, limit = FORMS[request.param]
    root = tmp_path_factory.mktemp(request.param)
    changes = {"model": model, "train": {"golden_encounters": 5, "recalibration": "intercept"}}
    project = service_sample.make(root / "project", params=changes)
    scorer = load(project.layout.model)
    assert scorer.manifest.serving == request.param
    return project, scorer, limit, root


def encounters(project, estimator, spec, rng):
    """Records of subjects with one to three encounters each, and how many numbers lie on a threshold."""
    agreed = contract.load(project.layout.contract)
    columns = project.params.data.columns
    shown = [column for column in agreed.columns if column.name not in frames.withheld(columns, agreed)]
    frame = draw(agreed, columns, ROWS, rng)
    frame["patient"] = [f"p{number:06}" for number in np.repeat(np.arange(ROWS), rng.integers(1, 4, ROWS))[:ROWS]]
    frame = frame.sort_values(["patient", "at"], kind="stable").reset_index(drop=True)
    exact = 0
    splits = thresholds(estimator)
    for name in ("lab", "age"):
        own = splits[splits[:, 0] == spec.names.index(name)][:, 1] if len(splits) else np.empty(0)
        kind = next(column.kind for column in shown if column.name == name)
        # a split of whole numbers lies between two of them: only the numbers themselves can be asked about
        own = own[own == np.round(own)] if kind is Kind.INTEGER else own
        own = own[(own >= 18) & (own <= 99)] if name == "age" else own[(own >= 0) & (own <= 400)]
        if len(own):
            places = rng.random(ROWS) < 1 / 3
            chosen = rng.choice(own, int(places.sum()))
            frame.loc[places, name] = chosen if kind is Kind.FLOAT else pd.array(chosen.astype(np.int64), "Int64")
            exact += int(places.sum())
    return agreed, [column.name for column in shown], frame, exact


def evaluated(project, scorer, agreed, records):
    """The probabilities of every record, whole subjects at once, by the trained estimator: as evaluation scores a snapshot."""
    params = project.params
    frame = with_keys(frame_from_records(records, agreed), params.data.columns)
    withheld = frames.withheld(params.data.columns, agreed)
    builder = Builder.load(project.layout.features_code, params.features.settings, withheld)
    order = frame.index.to_numpy()
    matrix = encode(builder.build(frame.reset_index(drop=True)), scorer.spec)
    estimator = store.loads((project.layout.model / "model.skops").read_bytes())
    answers = np.empty(len(records))
    answers[order] = calibrated(positive(estimator, matrix), scorer.calibration)
    return answers, matrix


def asked(running, items):
    """The service's probabilities, in requests of 1,000 encounters."""
    connection = running.connection(300)
    found = []
    try:
        for start in range(0, len(items), CHUNK):
            body = {"encounters": items[start : start + CHUNK]}
            status, told = served.ask(connection, "POST", "/predict", body)
            assert status == 200, told
            found += [one["probability"] for one in told["predictions"]]
    finally:
        connection.close()
    return np.array(found)


@pytest.mark.slow
def test_served_and_evaluated_probabilities(form):
    project, scorer, limit, root = form
    rng = np.random.default_rng(20260707)
    estimator = store.loads((project.layout.model / "model.skops").read_bytes())
    agreed, shown, frame, exact = encounters(project, estimator, scorer.spec, rng)
    records = to_records(frame[shown])
    wanted, matrix = evaluated(project, scorer, agreed, records)
    first = {}
    items = []
    for place, record in enumerate(records):
        begin = first.setdefault(record["patient"], place)
        earlier = [one for one in records[begin:place] if one["at"] < record["at"]]
        items.append({"encounter": record, "history": earlier})
    with served.serving(project.root, served.Place(root / "log")) as running:
        given = asked(running, items)
    assert len(given) == ROWS
    _covers(project, scorer, matrix, exact if len(thresholds(estimator)) else None)
    worst = int(np.abs(given - wanted).argmax())
    assert abs(given[worst] - wanted[worst]) < limit, (worst, given[worst], wanted[worst])
    assert len(np.unique(np.round(wanted, 6))) > 1000, "the model answers nearly everybody the same"


def _covers(project, scorer, matrix, exact):
    """The rows are where the forms may differ: on thresholds, missing, and in a category that training never met."""
    code = scorer.spec.names.index("code")
    unseen = scorer.spec.categorical["code"].index("e")
    trained = pd.concat([pd.read_parquet(part) for part in project.layout.snapshot.glob("*.parquet")])["code"].dropna()
    assert "e" not in set(trained)
    assert (matrix[:, code] == unseen).sum() > 1000
    assert np.isnan(matrix).any(axis=1).sum() > 10_000
    if exact is not None:
        lab = scorer.spec.names.index("lab")
        splits = thresholds(store.loads((project.layout.model / "model.skops").read_bytes()))
        assert np.isin(matrix[:, lab], splits[splits[:, 0] == lab][:, 1]).sum() > 10_000
        assert exact > 10_000
