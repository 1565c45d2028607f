"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

os.environ.setdefault("DVC_NO_ANALYTICS", "1")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("MPLBACKEND", "Agg")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout that is tested."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real clinical data beside the repository; without it the test skips and says so."""
    place = Path(os.environ.get("WARDROUND_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not place.is_dir():
        pytest.skip(f"the real clinical data are not there ({place}); set WARDROUND_SHARED_DATA")
    return place
