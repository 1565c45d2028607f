"""On a clinic that the monitor does not know: quiet windows stay quiet, and trouble is found and called by its name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from watching import Course, quiet, trouble

pytestmark = pytest.mark.slow


def test_quiet_windows_are_seldom_said_to_have_moved() -> None:
    found = quiet((200, 500, 1000, 2000), range(40), Course(total=3))
    assert found.windows == 120
    assert found.crossed <= 4  # 1.2 are declared; more than 4 has a chance of 0.8 %
    assert found.loud <= 2


@pytest.mark.parametrize(
    ("kind", "cause", "least"), [("units", "units", 6), ("outage", "outage", 7), ("coding", "coding", 4)]
)
def test_faults_are_found_and_named(kind: str, cause: str, least: int) -> None:
    found = trouble(kind, 3000, range(8))
    assert found.causes[cause] >= least
    assert found.found[1] >= least


def test_an_outbreak_is_never_called_a_fault_of_the_supply() -> None:
    found = trouble("outbreak", 3000, range(8))
    assert not {"units", "coding", "outage"} & set(found.causes)
    assert sum(found.found.values()) >= 4
