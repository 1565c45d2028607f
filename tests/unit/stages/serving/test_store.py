"""skops without surprises: the same bytes for the same model, and no type that the list does not name."""

import io
import json
import zipfile

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from skops import io as skops

from wardround.errors import GovernanceFinding, UsageError
from wardround.stages.serving import store


def data(seed=0):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(300, 4))
    matrix[:, 0] = rng.integers(0, 3, 300)
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    return matrix, (rng.random(300) < 0.4).astype(int)


def boosted():
    return HistGradientBoostingClassifier(
        categorical_features=[True, False, False, False], max_iter=5, random_state=1
    ).fit(*data())


def test_the_same_model_gives_the_same_bytes_and_answers_the_same():
    first, second = boosted(), boosted()
    assert skops.dumps(first) != skops.dumps(second), "if skops is deterministic one day, the settling may go"
    content = store.dumps(first)
    assert content == store.dumps(second) == store.dumps(first)
    again = store.loads(content)
    np.testing.assert_array_equal(again.predict_proba(data(1)[0]), first.predict_proba(data(1)[0]))
    assert store.dumps(again) == content


def test_entries_are_sorted_and_bear_a_fixed_moment():
    with zipfile.ZipFile(io.BytesIO(store.dumps(boosted()))) as archive:
        assert archive.namelist() == sorted(archive.namelist())
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_type_that_could_not_be_loaded_is_refused_when_it_is_stored():
    matrix, outcome = np.nan_to_num(data()[0]), data()[1]
    odd = make_pipeline(FunctionTransformer(np.save), LogisticRegression())
    odd.steps[0][1].func = None
    odd.steps[0] = ("odd", FunctionTransformer(json.dumps))
    with pytest.raises(UsageError, match=r"may not hold: json\.dumps"):
        store.dumps(odd)
    store.dumps(make_pipeline(StandardScaler(), LogisticRegression()).fit(matrix, outcome))


def test_what_skops_cannot_store_is_explained():
    class Own:
        def __reduce__(self):
            raise RuntimeError

    with pytest.raises(UsageError, match=r"without pickle|may not hold"):
        store.dumps(Own())


def test_a_hostile_file_is_not_loaded():
    hostile = skops.dumps(FunctionTransformer(eval))
    with pytest.raises(GovernanceFinding, match="not loaded") as error:
        store.loads(hostile)
    assert "builtins.eval" in str(error.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"\x80\x04\x95"])
def test_a_damaged_file_is_explained(content):
    with pytest.raises(GovernanceFinding, match="cannot be read"):
        store.loads(content)
