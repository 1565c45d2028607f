"""Looks that a real history records, and digests as DVC gives them."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from wardround.revision.git import Git
from wardround.revision.lock import parse
from wardround.revision.looks import Look, _read, committed, digest, look_at, look_of

A, B, C, D = (letter * 32 for letter in "abcd")


def git(place: Path, *args: str) -> str:
    return subprocess.run(["git", *args], cwd=place, check=True, capture_output=True, text=True).stdout.strip()


def lock(model: str, snapshot: str = A, split: str = B) -> str:
    """A lock as DVC writes it, cut down to two stages."""
    return f"""schema: '2.0'
stages:
  evaluate:
    cmd: wardround stage evaluate
    deps:
    - path: data/snapshot
      hash: md5
      md5: {snapshot}.dir
      size: 10
      nfiles: 2
    - path: data/split.parquet
      hash: md5
      md5: {split}
      size: 10
    - path: models/model
      hash: md5
      md5: {model}.dir
      size: 10
      nfiles: 4
    params:
      params.yaml:
        evaluate.thresholds:
        - 0.3
    outs:
    - path: data/scores.parquet
      hash: md5
      md5: {D}
      size: 10
  train:
    cmd: wardround stage train
    outs:
    - path: models/model
      hash: md5
      md5: {model}.dir
      size: 10
"""


def look(model: str, snapshot: str = A, split: str = B) -> Look:
    return Look(f"{snapshot}.dir", split, f"{model}.dir")


def save(place: Path, text: str, where: str = "dvc.lock") -> None:
    path = place / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    git(place, "add", "-A")
    git(place, "commit", "-qm", "change")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    place = tmp_path / "repo"
    place.mkdir()
    git(place, "init", "-q", "-b", "main")
    git(place, "config", "user.email", "a@example.org")
    git(place, "config", "user.name", "A")
    save(place, lock(A))
    return place


def test_a_lock_is_read_quickly_as_it_is_read_fully() -> None:
    assert _read(lock(C).encode()) == look_of(parse(lock(C))) == look(C)


def test_a_lock_that_another_program_wrote_is_read_too(tmp_path: Path) -> None:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = True
    with (tmp_path / "dvc.lock").open("w") as stream:
        yaml.dump(yaml.load(lock(C)), stream)
    assert _read((tmp_path / "dvc.lock").read_bytes()) == look(C)


@pytest.mark.parametrize(
    "text",
    ["", "<<<<<<< HEAD\nevaluate\n=======\n", "schema: '2.0'\nstages: {}\n", lock(C).replace("models/model", "x")],
)
def test_a_version_without_an_evaluation_is_no_look(text: str) -> None:
    assert _read(text.encode()) is None


def test_every_distinct_model_of_the_history_is_there_once(repo: Path) -> None:
    save(repo, lock(C))
    save(repo, lock(A) + "# the same model\n")
    save(repo, lock(D, snapshot=C))
    looks, complete = committed(Git(repo))
    assert looks == {look(A), look(C), look(D, snapshot=C)}
    assert complete
    assert look(A).block == look(C).block != look(D, snapshot=C).block
    assert look(A).block != look(A, split=C).block


def test_other_branches_and_a_detached_head_count(repo: Path) -> None:
    git(repo, "switch", "-qc", "other")
    save(repo, lock(B))
    git(repo, "switch", "-q", "main")
    assert committed(Git(repo))[0] == {look(A), look(B)}
    git(repo, "switch", "-q", "--detach")
    save(repo, lock(C))
    assert committed(Git(repo))[0] == {look(A), look(B), look(C)}
    lost = git(repo, "rev-parse", "HEAD")
    git(repo, "switch", "-q", "main")
    assert committed(Git(repo))[0] == {look(A), look(B)}
    assert committed(Git(repo), lost)[0] == {look(A), look(B), look(C)}


def test_a_trial_that_was_taken_back_before_the_merge_counts(repo: Path) -> None:
    git(repo, "switch", "-qc", "trial")
    save(repo, lock(C))
    save(repo, lock(A))
    git(repo, "switch", "-q", "main")
    (repo / "NOTES.md").write_text("x")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "notes")
    git(repo, "merge", "-q", "--no-ff", "-m", "merge", "trial")
    git(repo, "branch", "-D", "-q", "trial")
    assert committed(Git(repo))[0] == {look(A), look(C)}


def test_a_model_that_only_a_merge_has_counts(repo: Path) -> None:
    git(repo, "switch", "-qc", "one")
    save(repo, lock(B))
    git(repo, "switch", "-q", "main")
    save(repo, lock(C))
    subprocess.run(["git", "merge", "-q", "one"], cwd=repo, check=False, capture_output=True)
    save(repo, lock(D))
    assert len(git(repo, "rev-list", "--parents", "-1", "HEAD").split()) == 3
    assert committed(Git(repo))[0] == {look(A), look(B), look(C), look(D)}


def test_projects_of_one_repository_are_not_confused(repo: Path) -> None:
    save(repo, lock(B), "projects/sepsis/dvc.lock")
    save(repo, lock(A), "projects/falls/dvc.lock")
    save(repo, lock(C), "projects/falls/dvc.lock")
    save(repo, lock(D), "projects/[falls]/dvc.lock")
    assert committed(Git(repo / "projects" / "sepsis"))[0] == {look(B)}
    assert committed(Git(repo / "projects" / "falls"))[0] == {look(A), look(C)}
    assert committed(Git(repo / "projects" / "[falls]"))[0] == {look(D)}
    assert committed(Git(repo))[0] == {look(A)}


def test_a_shallow_clone_is_not_complete(repo: Path, tmp_path: Path) -> None:
    save(repo, lock(C))
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", "clone")
    assert committed(Git(tmp_path / "clone")) == ({look(C)}, False)


def test_a_history_with_missing_objects_is_not_complete_and_stops_nothing(repo: Path) -> None:
    blob = git(repo, "rev-parse", "HEAD:dvc.lock")
    save(repo, lock(C))
    (repo / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    assert committed(Git(repo)) == (frozenset(), False)


def test_a_repository_without_a_commit_or_a_lock_has_no_looks(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert committed(Git(tmp_path)) == (frozenset(), True)


def test_thousands_of_versions_are_read_in_seconds_and_no_more_than_the_most(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = 3000
    lines = []
    for at in range(number):
        text = lock(f"{at:032x}")
        lines.append(
            f"commit refs/heads/long\ncommitter A <a@example.org> {1_700_000_000 + at} +0000\ndata 1\nx\n"
            f"M 100644 inline dvc.lock\ndata {len(text)}\n{text}\n"
        )
    subprocess.run(
        ["git", "fast-import", "--quiet"], cwd=repo, input="".join(lines), text=True, check=True, capture_output=True
    )
    started = time.monotonic()
    looks, complete = committed(Git(repo))
    assert time.monotonic() - started < 20  # as YAML: minutes
    assert len(looks) == number + 1
    assert complete
    monkeypatch.setattr("wardround.revision.looks.MOST", 10)
    looks, complete = committed(Git(repo))
    assert len(looks) == 10
    assert not complete


def test_digests_of_files_are_dvc_s(tmp_path: Path) -> None:
    for name, content in (("model/b.txt", "2"), ("model/a/c d.txt", "1"), ("model/\u00e4.txt", "3"), ("one", "4")):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    for args in (("init", "--no-scm", "-q"), ("add", "-q", "model", "one")):
        subprocess.run([sys.executable, "-m", "dvc", *args], cwd=tmp_path, check=True, capture_output=True)
    for name in ("model", "one"):
        wanted = YAML(typ="safe").load(tmp_path / f"{name}.dvc")["outs"][0]["md5"]
        assert digest(tmp_path / name) == wanted


def test_a_work_tree_without_a_model_has_no_look(tmp_path: Path) -> None:
    (tmp_path / "data" / "snapshot").mkdir(parents=True)
    (tmp_path / "data" / "split.parquet").write_bytes(b"x")
    assert look_at(tmp_path) is None
