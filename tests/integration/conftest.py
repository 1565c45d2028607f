"""Projects that were reviewed once and are copied by each test; workers of one test run share them."""

import sys
from pathlib import Path

import pytest
from filelock import FileLock

sys.path.insert(0, str(Path(__file__).resolve().parent))

pytest.register_assert_rewrite("workshop")
import workshop  # noqa: E402 - its assertions are registered first


def _shared(tmp_path_factory, name, make):
    base = tmp_path_factory.getbasetemp()
    base = base.parent if base.name.startswith("popen-") else base  # the directory of all xdist workers
    place = base / f"shared-{name}"
    with FileLock(base / f"shared-{name}.lock"):
        done = place / ".complete"
        if not done.is_file():
            place.mkdir()
            done.write_text(str(make(place / "made")), encoding="utf-8")
        return Path(done.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def tiny_original(tmp_path_factory):
    return _shared(tmp_path_factory, "tiny", workshop.make_tiny)


@pytest.fixture(scope="session")
def synthetic_original(tmp_path_factory):
    return _shared(tmp_path_factory, "synthetic", workshop.make_synthetic)


@pytest.fixture
def tiny(tiny_original, tmp_path):
    """A copy of the tiny project: reviewed, committed, pushed to the storage beside it."""
    return workshop.copied(tiny_original, tmp_path / "copy")


@pytest.fixture
def synthetic(synthetic_original, tmp_path):
    """A copy of the small synthetic hospital network: reviewed, committed, pushed to the storage beside it."""
    return workshop.copied(synthetic_original, tmp_path / "copy")
