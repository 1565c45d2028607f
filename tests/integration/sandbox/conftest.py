"""A running sandbox for each test, or one for all tests of a module."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

pytest.register_assert_rewrite("sandboxes")
import sandboxes  # noqa: E402 - its assertions are registered first


@pytest.fixture
def place(tmp_path):
    """A sandbox of the test's own."""
    yield from sandboxes.make_place(tmp_path)


@pytest.fixture(scope="module")
def shared_place(tmp_path_factory):
    """A sandbox that the tests of a module share."""
    yield from sandboxes.make_place(tmp_path_factory.mktemp("shared"))
