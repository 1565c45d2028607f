"""A small trained project, served."""

import sys
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parent))

import service_sample

from wardround.service import Settings, application
from wardround.service.settings import LogPlace


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    return service_sample.make(tmp_path_factory.mktemp("served") / "project")


@pytest.fixture(scope="session")
def golden(trained):
    return service_sample.golden_of(trained)


@pytest.fixture
def settings(trained, tmp_path):
    key = tmp_path / "key"
    key.write_text("0123456789abcdef0123456789abcdef\n")
    log = LogPlace(url=str(tmp_path / "predictions"), wal=tmp_path / "wal", key=key)
    return Settings(project=trained.root, model=trained.layout.model, log=log, stage="prod")


@pytest.fixture
def service(settings):
    made = application(settings)
    made.start()
    yield service_sample.Asker(made)
    made.stop()
