"""KPIs by hand, and their intervals against resampling."""

import numpy as np
import pytest
from pydantic import ValidationError

from wardround.compare import Scored
from wardround.evidence.monitor import State
from wardround.monitoring.value.kpis import candidates
from wardround.project.monitor_outcomes import Kpi, MonitorOutcomesSection

BECAUSE = "agreed with the ward in March"
KPIS = (
    Kpi(name="benefit", kind="net_benefit", because=BECAUSE),
    Kpi(name="cost", kind="cost_per_true_positive", cost_per_alert=15.0, high=60.0, because=BECAUSE),
    Kpi(name="averted", kind="averted_events", effect=0.2, threshold=0.5, because=BECAUSE),
)


def drawn(seed, n=3000, subjects=None):
    random = np.random.default_rng(seed)
    p = random.beta(1, 4, n)
    if subjects is None:
        return Scored((random.random(n) < p).astype(np.int8), np.arange(n), p)
    subject = random.integers(0, subjects, n)
    return Scored((random.random(n) < p).astype(np.int8), subject, p)


def told(scored, least=11):
    return {item.measure: item for item in candidates(scored, KPIS, 0.3, least)}


def test_values_are_those_of_the_counts():
    scored = drawn(1)
    hits = int(((scored.probability >= 0.3) & (scored.outcome == 1)).sum())
    flagged = int((scored.probability >= 0.3).sum())
    found = told(scored)
    assert found["benefit_per_100"].estimate.value == pytest.approx(100 * (hits - (flagged - hits) * 3 / 7) / scored.n)
    assert found["cost"].estimate.value == pytest.approx(15 * flagged / hits)
    high = int(((scored.probability >= 0.5) & (scored.outcome == 1)).sum())
    assert found["averted_per_100"].estimate.value == pytest.approx(100 * 0.2 * high / scored.n)
    assert found["cost"].note == BECAUSE
    assert found["cost"].limits == (None, 60.0)


@pytest.mark.parametrize("name", ["benefit_per_100", "cost", "averted_per_100"])
def test_intervals_are_as_wide_as_values_vary(name):
    values = [told(drawn(seed))[name].estimate.value for seed in range(300)]
    width = np.mean(
        [told(drawn(seed))[name].estimate.high - told(drawn(seed))[name].estimate.value for seed in range(20)]
    )
    assert width / 1.96 == pytest.approx(np.std(values), rel=0.12)


def test_too_few_say_nothing():
    assert {item.state for item in told(drawn(2, n=60), least=30).values()} == {State.TOO_FEW}


def test_assumptions_must_be_stated():
    for kind in ("cost_per_true_positive", "averted_events"):
        with pytest.raises(ValidationError, match="needs"):
            Kpi(name="a_kpi", kind=kind, because=BECAUSE)
    with pytest.raises(ValidationError, match="one name"):
        MonitorOutcomesSection(kpis=(KPIS[0], KPIS[0]))
