"""The rig of the runner's tests."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

pytest.register_assert_rewrite("runner_rig")
import runner_rig  # noqa: E402 - its assertions are registered first

from wardround.sandbox.runner import Runner  # noqa: E402 - after the path is set
from wardround.sandbox.server import Sandbox  # noqa: E402 - after the path is set
from wardround.sandbox.world import World  # noqa: E402 - after the path is set


@pytest.fixture
def source(tmp_path):
    made = tmp_path / "source"
    made.mkdir()
    runner_rig.git(made, "init", "-q", "-b", "main")
    return made


@pytest.fixture
def rig(tmp_path, source):
    """Without a server: for what needs neither API nor git."""
    world = World(tmp_path / "sandbox")
    made = runner_rig.Rig(world, source, Runner(world))
    yield made
    made.runner.stop()
    world.close()


@pytest.fixture
def served(tmp_path, source):
    """With the API and git over HTTP."""
    with Sandbox(tmp_path / "sandbox") as sandbox:
        made = runner_rig.Rig(sandbox.world, source, Runner(sandbox))
        made.sandbox = sandbox
        yield made
        made.runner.stop()
