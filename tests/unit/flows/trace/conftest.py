"""The helpers of these tests can be imported."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from traced_clinic import Clinic


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """One clinic with two versions; nobody changes it."""
    return Clinic(tmp_path_factory.mktemp("clinic")).whole()


@pytest.fixture
def clinic(made, tmp_path):
    """A copy of it, to be tampered with."""
    return made.copy(tmp_path / "copy")
