"""A hospital's repository on a running sandbox, and everything that a review run leaves there; no workflow is executed."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
for place in (HERE, HERE.parents[1] / "unit" / "flows", HERE.parents[1] / "unit" / "report"):
    sys.path.insert(0, str(place))

pytest.register_assert_rewrite("hospital", "effects", "wanted")
import hospital as rig  # noqa: E402 - its assertions are registered first


@pytest.fixture(scope="module")
def hospital(tmp_path_factory):
    """One hospital for the tests of a module; each test makes its own changes in it."""
    with rig.opened(tmp_path_factory.mktemp("hospital")) as made:
        yield made


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A repository with three projects."""
    with rig.opened(tmp_path_factory.mktemp("many"), projects=("projects/sepsis", "projects/falls")) as made:
        yield made


@pytest.fixture(scope="module")
def apps(tmp_path_factory):
    """A hospital whose params let the App commit the lock."""
    with rig.opened(tmp_path_factory.mktemp("apps"), lock="app") as made:
        yield made
