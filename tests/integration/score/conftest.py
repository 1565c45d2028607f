"""The service's small trained project as a repository with a released version in a stage, and its encounters as a file."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
for place in (ROOT / "unit" / "service", ROOT / "unit" / "stages", Path(__file__).resolve().parent):
    sys.path.insert(0, str(place))

pytest.register_assert_rewrite("released_small")
import modelling_sample as sample  # noqa: E402 - found through the lines above
import released_small  # noqa: E402 - as above


@pytest.fixture(scope="session")
def original(tmp_path_factory):
    return released_small.make(tmp_path_factory.mktemp("released") / "made" / "small")


@pytest.fixture
def project(original, tmp_path):
    return released_small.copied(original, tmp_path / "copy")


@pytest.fixture
def encounters():
    frame = sample.encounters()
    return frame[["visit", "patient", "at", "left", "age", "sex", "code", "smoker", "lab"]]
