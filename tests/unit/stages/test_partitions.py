"""A worker that the machine ends is explained, an error of the work itself comes through."""

import os

import pytest

from wardround.errors import EnvironmentFailure, MissingExtra
from wardround.project.sections import ComputeSection
from wardround.stages import partitions


def die(_):
    os._exit(9)


def divide(number):
    return 1 / number


def test_a_worker_that_dies():
    with pytest.raises(EnvironmentFailure, match="ended before its partition was done"):
        partitions.map_partitions(die, [1, 2, 3], ComputeSection(backend="loky", jobs=2))


@pytest.mark.parametrize("backend", ["threading", "sequential"])
def test_a_bug_stays_a_bug(backend):
    with pytest.raises(ZeroDivisionError):
        partitions.map_partitions(divide, [1, 0], ComputeSection(backend=backend, jobs=-1))


def test_without_the_extra(monkeypatch):
    monkeypatch.setattr(partitions.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"wardround\[dask\]"):
        partitions.map_partitions(divide, [1], ComputeSection(backend="dask", address="tcp://127.0.0.1:1"))


def test_small_work_stays_in_this_process(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 100)
    assert partitions.is_small([tmp_path / "a"])
    assert partitions.map_partitions(lambda _: os.getpid(), [1, 2], ComputeSection(), small=True) == [os.getpid()] * 2
