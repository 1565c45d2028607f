"""The rig of the runner's tests."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

pytest.register_assert_rewrite("runner_rig")
import runner_rig  # noqa: E402 - its assertions are registered first

from wardround.sandbox.world import World  # noqa: E402 - after the path is set


@pytest.fixture
def rig(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    runner_rig.git(source, "init", "-q", "-b", "main")
    made = runner_rig.Rig(World(tmp_path / "sandbox"), source)
    yield made
    made.runner.stop()
    made.world.close()
