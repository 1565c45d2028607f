"""Laws that measures keep for any scores: invariance, identities, bounds."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

sys.path.insert(0, str(Path(__file__).parent.parent / "unit" / "stats"))

from simulated_scores import THRESHOLDS, Data

from wardround.stats.curves import decision_curve
from wardround.stats.delong import paired_auroc
from wardround.stats.discrimination import auroc, average_precision
from wardround.stats.influence import standard_errors
from wardround.stats.names import measure_names
from wardround.stats.noninferiority import Trial, conclude
from wardround.stats.recalibration import FITS, Recalibration

NAMES = measure_names(THRESHOLDS)
QUICK = settings(max_examples=60, deadline=None)


@st.composite
def samples(draw: st.DrawFn) -> Data:
    """2 to 60 encounters with both classes; scores on a coarse grid, so that ties and thresholds are hit."""
    n = draw(st.integers(2, 60))
    y = draw(arrays(np.int8, n, elements=st.integers(0, 1)))
    y[0], y[-1] = 0, 1
    subject = draw(arrays(np.int64, n, elements=st.integers(0, max(1, n // 2))))
    score = st.integers(0, 20).map(lambda k: k / 20)
    return Data(subject, y, draw(arrays(np.float64, n, elements=score)), draw(arrays(np.float64, n, elements=score)))


@QUICK
@given(samples())
def test_auroc_only_sees_the_order_and_turns_with_it(data):
    value = auroc(data.ranked("head"))
    squeezed = Data(data.subject, data.outcome, 0.3 + 0.5 * data.head**3, data.reference)
    turned = Data(data.subject, data.outcome, 1 - data.head, data.reference)
    swapped = Data(data.subject, 1 - data.outcome, data.head, data.reference)
    assert auroc(squeezed.ranked("head")) == value
    assert auroc(turned.ranked("head")) == pytest.approx(1 - value, abs=1e-12)
    assert auroc(swapped.ranked("head")) == pytest.approx(1 - value, abs=1e-12)


@QUICK
@given(samples(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_the_names_of_subjects_do_not_matter(data, random):
    order = list(range(data.outcome.size))
    random.shuffle(order)
    other = Data(100 - data.subject[order], data.outcome[order], data.head[order], data.reference[order])
    assert other.fitted("head").values() == pytest.approx(data.fitted("head").values(), abs=1e-7, nan_ok=True)
    ours, theirs = standard_errors(data.fitted("head")), standard_errors(other.fitted("head"))
    assert theirs == pytest.approx(ours, rel=1e-4, abs=1e-6, nan_ok=True)


@QUICK
@given(samples())
def test_writing_every_encounter_twice_changes_nothing_but_totals(data):
    twice = Data(*(np.repeat(values, 2) for values in (data.subject, data.outcome, data.head, data.reference)))
    once, again = data.fitted("head").values(), twice.fitted("head").values()
    for k, name in enumerate(NAMES):
        if name in {"ici", "ece"}:  # the spline's weak prior, and groups of equal size, depend on n
            continue
        factor = 2 if name.startswith("alerts_per_day") else 1
        assert again[k] == pytest.approx(factor * once[k], abs=1e-6, nan_ok=True), name


@QUICK
@given(samples())
def test_measures_stay_in_their_bounds(data):
    values = dict(zip(NAMES, data.fitted("head").values().tolist(), strict=True))
    for name in ("auroc", "auprc", "brier", "ici", "ece"):
        assert 0 <= values[name] <= 1, name
    assert values["scaled_brier"] <= 1
    prevalence = data.outcome.mean()
    for threshold in THRESHOLDS:
        for name in ("sensitivity", "specificity", "ppv", "npv"):
            value = values[f"{name}@{threshold}"]
            assert np.isnan(value) or 0 <= value <= 1, name
        assert 0 <= values[f"alerts_per_100@{threshold}"] <= 100
        assert values[f"net_benefit@{threshold}"] <= prevalence + 1e-12
        caught, precision = values[f"sensitivity@{threshold}"], values[f"ppv@{threshold}"]
        if not np.isnan(precision):
            flagged = values[f"alerts_per_100@{threshold}"] / 100
            assert caught * prevalence == pytest.approx(precision * flagged, abs=1e-12)
    assert average_precision(data.ranked("head")) >= prevalence / data.outcome.size


@QUICK
@given(samples(), st.floats(0.01, 0.9))
def test_net_benefit_identities(data, threshold):
    curve = decision_curve(data.ranked("head"), (0.0, threshold))
    prevalence = data.outcome.mean()
    # at 0 everybody is flagged; for the opposite policy the benefits and the harms add up to flagging everybody
    assert curve.model[0] == pytest.approx(prevalence, abs=1e-12)
    assert curve.everybody[0] == pytest.approx(prevalence, abs=1e-12)
    odds = threshold / (1 - threshold)
    spared = data.head < threshold
    saved = odds * np.count_nonzero(spared & (data.outcome == 0)) - np.count_nonzero(spared & (data.outcome == 1))
    assert curve.model[1] == pytest.approx(curve.everybody[1] + saved / data.outcome.size, abs=1e-12)


@QUICK
@given(samples())
def test_swapping_the_models_turns_the_difference(data):
    one = paired_auroc(data.ranked("reference"), data.ranked("head"))
    two = paired_auroc(data.ranked("head"), data.ranked("reference"))
    assert one.difference == -two.difference
    assert one.difference_error == pytest.approx(two.difference_error, abs=1e-12, nan_ok=True)


@QUICK
@given(st.floats(-0.2, 0.2), st.floats(0, 0.2), st.floats(0.001, 0.1), st.floats(0.0, 0.1))
def test_a_better_model_or_a_wider_margin_is_never_judged_worse(difference, error, margin, more):
    accepted = conclude(difference, error, Trial(margin)).conclusion.accepts
    assert conclude(difference + more, error, Trial(margin)).conclusion.accepts >= accepted
    assert conclude(difference, error, Trial(margin + more)).conclusion.accepts >= accepted


@QUICK
@given(samples(), st.sampled_from(sorted(FITS)))
def test_recalibration_is_monotone_bounded_and_survives_json(data, kind):
    try:
        made = FITS[kind](data.head, data.outcome)
    except ValueError:
        return
    grid = np.linspace(0, 1, 201)
    mapped = made.apply(grid)
    assert np.all((mapped >= 0) & (mapped <= 1))
    assert np.all(np.diff(mapped) * np.sign(made.slope) >= 0)
    assert Recalibration.from_plain(json.loads(json.dumps(made.plain()))) == made
