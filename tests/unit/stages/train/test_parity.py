"""Training fails, with the rows that differ, when the served form answers otherwise."""

import modelling_sample as sample
import numpy as np
import pytest

from wardround.errors import GateRefusal
from wardround.stages import features, train
from wardround.stages.serving import forms


@pytest.mark.parametrize(("error", "fails"), [(1e-8, True), (float("nan"), True), (1e-11, False)])
def test_the_limit_of_trees(tmp_path, monkeypatch, error, fails):
    project = sample.make(tmp_path)
    features.run(project)
    real = forms.predictor

    def wrong(form, estimator):
        predict = real(form, estimator)
        return lambda matrix: predict(matrix) + np.where(np.arange(len(matrix)) == 3, error, 0.0)

    monkeypatch.setattr(forms, "predictor", wrong)
    if not fails:
        assert 0 < train.run(project).parity.difference < 1e-9
        return
    with pytest.raises(GateRefusal, match="does not answer as the trained model does"):
        train.run(project)
    assert not project.layout.model.exists()
    assert not project.layout.evidence("training").exists()
