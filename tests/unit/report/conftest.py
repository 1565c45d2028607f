"""Published samples, made by disclosure's own function from made-up evidence."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import report_sample as sample

from wardround.values import Verdict


@pytest.fixture(scope="session")
def published():
    """A good change: superior, everything passes."""
    return sample.publish()


@pytest.fixture(scope="session")
def refused():
    """The same numbers, one rule refuses."""
    return sample.publish(Verdict.REFUSE, "non-inferior")


@pytest.fixture(scope="session")
def context():
    """What changed and where it came from."""
    return sample.context()
