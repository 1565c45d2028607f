"""False alerts, power and causes on simulated hospitals; ``benchmarks/watch_outcomes.py`` has the generator and the large run."""

import importlib.util
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
SCRIPT = Path(__file__).resolve().parents[4] / "benchmarks" / "watch_outcomes.py"


@pytest.fixture(scope="module")
def simulated():
    spec = importlib.util.spec_from_file_location("watch_outcomes", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_without_a_change_alerts_stay_below_the_declared_rate(simulated):
    """30 hospitals, 12 windows each: at one alert in 100 windows, 10 would be a chance of one in a thousand."""
    assert sum(simulated.one(seed, "none", 500)[0] for seed in range(30)) < 10


@pytest.mark.parametrize(("kind", "cause"), [("prior", "prior"), ("concept", "concept"), ("site concept", "concept")])
def test_changes_are_found_and_told_apart(simulated, kind, cause):
    told = [simulated.one(seed, kind, 2000) for seed in range(10)]
    found = [item for item in told if item[1] is not None]
    assert len(found) >= 7
    assert sum(item[2] == cause for item in found) >= 0.7 * len(found)


def test_other_patients_alone_are_no_alert(simulated):
    told = [simulated.one(seed, "covariate", 2000) for seed in range(10)]
    alerts = [item for item in told if item[1] is not None and "(no alert)" not in item[2]]
    assert len(alerts) <= 1
