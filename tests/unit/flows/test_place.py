"""A new project inside another repository is a repository of its own."""

from pathlib import Path

from wardround.flows import versions
from wardround.flows.initialise import initialise_synthetic
from wardround.flows.stage import tree_of


def test_a_lock_above_a_new_project_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "requirements.lock").write_text("numpy==2.4.6\n")
    (tmp_path / ".git").mkdir()
    root = tmp_path / "demo" / "readmission"
    initialise_synthetic(root)
    versions.check(root / "wardround.yaml", tree_of(root))
