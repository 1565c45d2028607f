"""A hospital's repository with released versions on a running sandbox; no workflow is executed and nothing is built."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
for place in (HERE, HERE.parent / "publish"):
    sys.path.insert(0, str(place))

pytest.register_assert_rewrite("ward", "effects", "image_registry", "stood")
import ward as rig  # noqa: E402 - its assertions are registered first


@pytest.fixture(scope="module")
def ward(tmp_path_factory):
    """One ward for the tests of a module: promotions of one test are what the next one finds."""
    with rig.opened(tmp_path_factory.mktemp("ward")) as made:
        yield made


@pytest.fixture
def fresh(tmp_path):
    """A ward of this test alone."""
    with rig.opened(tmp_path) as made:
        yield made
