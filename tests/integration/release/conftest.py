"""Helpers of these tests, and of the flows' own, can be imported; projects with a service, released once and copied."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parents[1] / "unit" / "flows" / "release"))
sys.path.insert(0, str(HERE.parent))

import pytest  # noqa: E402 - after the paths

pytest.register_assert_rewrite("releasing")
import releasing  # noqa: E402
import workshop  # noqa: E402
from filelock import FileLock  # noqa: E402


@pytest.fixture(scope="session")
def released_original(tiny_original, tmp_path_factory):
    """The tiny project after its first release; workers of one test run share it."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if base.name.startswith("popen-") else base
    place = base / "shared-released"
    with FileLock(base / "shared-released.lock"):
        if not (place / ".complete").is_file():
            place.mkdir()
            (place / ".complete").write_text(
                str(releasing.make_released(tiny_original, place / "made")), encoding="utf-8"
            )
        return Path((place / ".complete").read_text(encoding="utf-8"))


@pytest.fixture
def released(released_original, tmp_path):
    """A copy of the released project, with its origin and storage."""
    return workshop.copied(released_original, tmp_path / "copy")
