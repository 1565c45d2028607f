"""Repositories with tags."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from tagged import ENV, Tagged


@pytest.fixture(autouse=True)
def _own_git(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in ENV.items():
        monkeypatch.setenv(key, value)
    for key in ("GIT_COMMITTER_DATE", "GIT_AUTHOR_DATE", "GIT_DIR", "GIT_WORK_TREE"):
        monkeypatch.delenv(key, raising=False)
    assert os.environ["GIT_COMMITTER_NAME"] == "Ann"


@pytest.fixture
def repository(tmp_path: Path) -> Callable[[int], Tagged]:
    """A repository with so many commits."""
    return lambda commits: Tagged.create(tmp_path / "repository", commits)
