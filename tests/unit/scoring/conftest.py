"""The small trained project of the service's tests, and its encounters as a table."""

import sys
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

for name in ("service", "stages"):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / name))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import modelling_sample as sample  # noqa: E402 - found through the lines above
import service_sample  # noqa: E402 - as above


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    return service_sample.make(tmp_path_factory.mktemp("scored") / "project")


@pytest.fixture(scope="session")
def encounters():
    """600 encounters as they come: shuffled, without what is known only after the outcome."""
    frame = sample.encounters()
    kept = frame[["visit", "patient", "at", "left", "age", "sex", "code", "smoker", "lab"]]
    return kept.sample(frac=1, random_state=3).reset_index(drop=True)
