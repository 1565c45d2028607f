"""The clinic of the trace's tests."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "trace"))
from traced_clinic import Clinic


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """One clinic with two versions; nobody changes it."""
    return Clinic(tmp_path_factory.mktemp("clinic")).whole()
