"""What is kept of a publication, and what is found of it again: on this machine and on the branch of records."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from dvc.fs import LocalFileSystem

from wardround.disclosure.earlier import Earlier, People, Table, plain
from wardround.disclosure.published import KEY, Count, GroupView, ModelView
from wardround.flows import remembered
from wardround.project.layout import Project
from wardround.revision.lock import Lock
from wardround.revision.looks import Look
from wardround.storage.place import Place

ROOT = Path(__file__).resolve().parents[3]
LOOK = Look("s" * 32, "p" * 32, "a" * 32)


def lock(model: str = LOOK.model) -> Lock:
    evaluated = {"data/snapshot": LOOK.snapshot, "data/split.parquet": LOOK.split, "models/model": model}
    return Lock(evaluated, ("evaluate",), {"evaluate": evaluated})


def committed(model: str) -> str:
    """A ``dvc.lock`` with one evaluation, as DVC writes it."""
    paths = {"data/snapshot": LOOK.snapshot, "data/split.parquet": LOOK.split, "models/model": model}
    deps = "".join(f"    - path: {path}\n      hash: md5\n      md5: {value}\n" for path, value in paths.items())
    return f"schema: '2.0'\nstages:\n  evaluate:\n    cmd: x\n    deps:\n{deps}    outs:\n    - path: reports/metrics.json\n      md5: {'0' * 32}\n"


def record(project: Project, model: str = "d" * 32) -> Earlier:
    view = GroupView(KEY, "", "", Count(KEY, 100), Count(KEY, 20))
    name = project.params.project.name
    return Earlier(
        name, 11, (0.2,), (Table(People(LOOK.block, "new_subjects"), model, ModelView(KEY, "head", (view,))),)
    )


def git(root: Path, *words: str, stdin: str | None = None) -> str:
    done = subprocess.run(["git", *words], cwd=root, input=stdin, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    shutil.copy(ROOT / "params.yaml", tmp_path / "params.yaml")
    git(tmp_path, "init", "--quiet", "-b", "main")
    git(tmp_path, "config", "user.email", "a@example.org")
    git(tmp_path, "config", "user.name", "a")
    (tmp_path / "dvc.lock").write_text(committed("b" * 32))
    git(tmp_path, "add", "dvc.lock")
    git(tmp_path, "commit", "--quiet", "-m", "a model")
    return Project(tmp_path)


def test_what_was_kept_is_found_again(project: Project) -> None:
    made = record(project, "b" * 32)
    remembered.keep(project, made)
    remembered.keep(project, made)
    found = remembered.before(project, {"head": lock()})
    assert found.earlier == (made,)
    assert found.missing == ""
    assert found.about.blocks == {"head": LOOK.block}
    assert len(list(remembered.place(project).iterdir())) == 1


def test_a_publication_of_no_table_is_not_kept(project: Project) -> None:
    remembered.keep(project, Earlier(project.params.project.name, 11, (), ()))
    assert not remembered.place(project).exists()


def test_another_test_block_is_left_out(project: Project) -> None:
    remembered.keep(project, record(project))
    elsewhere = {"data/snapshot": "x" * 32, "data/split.parquet": LOOK.split, "models/model": LOOK.model}
    assert remembered.before(project, {"head": Lock(elsewhere, ("evaluate",), {"evaluate": elsewhere})}).earlier == ()


def test_the_branch_of_records_is_read_too(project: Project) -> None:
    made = record(project, "b" * 32)
    blob = git(project.root, "hash-object", "-w", "--stdin", stdin=json.dumps(plain(made)))
    inner = git(project.root, "mktree", stdin=f"100644 blob {blob}\tx.json\n")
    middle = git(project.root, "mktree", stdin=f"040000 tree {inner}\t{project.params.project.name}\n")
    top = git(project.root, "mktree", stdin=f"040000 tree {middle}\t{remembered.DIRECTORY}\n")
    tip = git(project.root, "commit-tree", top, "-m", "records")
    git(project.root, "update-ref", f"refs/heads/{remembered.BRANCH}", tip)
    assert remembered.before(project, {"head": lock()}).earlier == (made,)


def test_a_model_whose_publication_is_not_at_hand_is_counted(project: Project) -> None:
    assert "1 model" in remembered.before(project, {"head": lock()}).missing
    assert remembered.before(project, {"head": lock("b" * 32)}).missing == "", "the head's own look is no other's"


def test_a_record_that_cannot_be_read_is_counted(project: Project) -> None:
    remembered.keep(project, record(project, "b" * 32))
    for name, text in (("one", "{"), ("two", "[]"), ("three", json.dumps({"project": "x"}))):
        (remembered.place(project) / f"{name}.json").write_text(text)
    found = remembered.before(project, {"head": lock()})
    assert "3 records" in found.missing
    assert len(found.earlier) == 1


def test_workflows_keep_them_for_each_other(project: Project, tmp_path: Path) -> None:
    """One run leaves its record in a storage; a run on another machine finds it, and nothing that is not named by its content."""
    store = Place("quarantine", str(tmp_path / "store"), LocalFileSystem())
    remembered.bring(project, store)
    assert not remembered.place(project).exists()
    made = record(project, "b" * 32)
    remembered.keep(project, made)
    remembered.leave(project, store)
    remembered.leave(project, store)
    shutil.rmtree(remembered.place(project))
    (tmp_path / "store" / f"{'0' * 64}.json").write_text("{}")
    (tmp_path / "store" / "other.json").write_text("{}")
    remembered.bring(project, store)
    assert remembered.before(project, {"head": lock()}).earlier == (made,)
    assert len(list(remembered.place(project).iterdir())) == 1


def test_without_a_lock_it_is_said_that_nobody_is_known(project: Project) -> None:
    assert "not known" in remembered.before(project, {"head": Lock({}, (), {})}).missing


def test_outside_of_git_the_history_is_not_complete(tmp_path: Path) -> None:
    shutil.copy(ROOT / "params.yaml", tmp_path / "params.yaml")
    found = remembered.before_of_tree(Project(tmp_path), {"base": "0" * 40})
    assert "not known" in found.missing
