"""The wheelhouse: the right file by hash, or a name of what is missing."""

import hashlib
import os

import pytest

from wardround.errors import EnvironmentFailure
from wardround.release import wheel, wheelhouse


def _line(name, version, content=b"", marker=""):
    digest = hashlib.sha256(content).hexdigest()
    return f"{name}=={version}{marker} --hash=sha256:{digest}"


@pytest.fixture
def house(tmp_path):
    (tmp_path / "Two_Words-1.0-py3-none-any.whl").write_bytes(b"two")
    (tmp_path / "one-2.0-cp311-cp311-manylinux_x86_64.whl").write_bytes(b"one")
    (tmp_path / "stranger-1.0-py3-none-any.whl").write_bytes(b"x")
    return tmp_path


def test_each_requirement_finds_its_wheel_and_strangers_stay(house):
    found = wheelhouse.select(house, (_line("one", "2.0", b"one"), _line("two-words", "1.0", b"two")))
    assert [path.name for path in found] == [
        "one-2.0-cp311-cp311-manylinux_x86_64.whl",
        "Two_Words-1.0-py3-none-any.whl",
    ]


def test_what_is_for_another_python_is_not_needed(house):
    lines = (_line("one", "2.0", b"one"), _line("old", "1", marker=" ; python_version < '3.0'"))
    assert len(wheelhouse.select(house, lines)) == 1


@pytest.mark.parametrize(
    "line",
    [_line("one", "2.0", b"another file of that name"), _line("one", "2.1", b"one"), _line("three", "1.0", b"x")],
    ids=["another hash", "another version", "not there"],
)
def test_what_is_missing_is_named(line, house):
    with pytest.raises(EnvironmentFailure, match="lacks 1 of 2") as refused:
        wheelhouse.select(house, (line, _line("two-words", "1.0", b"two")))
    assert "supplies wheels" in refused.value.problems[0].next


def test_without_a_lock_the_name_and_version_count(house):
    assert [path.name for path in wheelhouse.select(house, ("two-words==1.0",))] == ["Two_Words-1.0-py3-none-any.whl"]


def test_filling_takes_what_pip_finds_and_checks_it(tmp_path, monkeypatch):
    """pip's own configuration says where: here a directory, as in a hospital that copies wheels."""
    source = tmp_path / "source"
    source.mkdir()
    made = wheel.make(source)
    version = made.name.split("-")[1]
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(source))
    found = wheelhouse.fill(tmp_path / "house", (f"wardround=={version} --hash=sha256:{digest}",))
    assert [path.name for path in found] == [made.name]
    with pytest.raises(EnvironmentFailure, match="pip could not fetch"):
        wheelhouse.fill(tmp_path / "other", (f"wardround=={version} --hash=sha256:{'0' * 64}",))
