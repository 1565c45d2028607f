"""One trained project and one running service for the tests that do not end it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

pytest.register_assert_rewrite("served")
import served  # noqa: E402 - its assertions are registered first

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "unit" / "service"))
import service_sample  # noqa: E402 - found through the line above


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    return service_sample.make(tmp_path_factory.mktemp("service") / "project").root


@pytest.fixture(scope="session")
def golden(project):
    return service_sample.golden_of(service_sample.Project(project))


@pytest.fixture(scope="session")
def bodies(golden):
    return [{"encounter": one["encounter"], "history": one["history"]} for one in golden]


@pytest.fixture(scope="session")
def shared(project, tmp_path_factory):
    """A service that nobody ends before the tests do."""
    place = served.Place(tmp_path_factory.mktemp("shared"))
    with served.serving(project, place) as running:
        running.place = place
        yield running


@pytest.fixture
def place(tmp_path):
    return served.Place(tmp_path / "log")
