"""wardround.yaml binds stages to what computes them."""

from pathlib import Path

import pytest

from wardround.errors import UsageError
from wardround.flows import versions


def test_upgrade_is_idempotent(tmp_path: Path) -> None:
    path = tmp_path / "wardround.yaml"
    assert versions.upgrade(path, tmp_path)
    content = path.read_bytes()
    assert not versions.upgrade(path, tmp_path)
    assert path.read_bytes() == content
    versions.check(path, tmp_path)


def test_another_lock_must_be_recorded(tmp_path: Path) -> None:
    path = tmp_path / "wardround.yaml"
    versions.upgrade(path, tmp_path)
    (tmp_path / "requirements.lock").write_text("numpy==2.0.0\n")
    with pytest.raises(UsageError, match="wardround upgrade"):
        versions.check(path, tmp_path)


@pytest.mark.parametrize("content", ["", "just text", "stages: {ingest: 0.0.1}", "a: [", "- 1"])
def test_anything_else_is_refused_with_the_fix(tmp_path: Path, content: str) -> None:
    path = tmp_path / "wardround.yaml"
    path.write_text(content)
    with pytest.raises(UsageError) as caught:
        versions.check(path, tmp_path)
    assert all("wardround upgrade" in problem.next for problem in caught.value.problems)


def test_this_repository_is_up_to_date(repository: Path) -> None:
    versions.check(repository / "wardround.yaml", repository)
