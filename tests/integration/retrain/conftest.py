"""The rig's directory is on the path of the tests beside it."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
for place in (HERE, HERE.parent / "publish"):
    sys.path.insert(0, str(place))

pytest.register_assert_rewrite("clinic", "effects")
import clinic as rig  # noqa: E402 - its assertions are registered first


@pytest.fixture
def clinic(tmp_path, monkeypatch):
    """A repository on a running sandbox, and a clone of it; what takes minutes (the pipeline and its review) was done before."""
    with rig.opened(tmp_path, monkeypatch) as made:
        yield made
