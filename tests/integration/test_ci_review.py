"""What a workflow's review run leaves: one publication, the right exit code, and nothing in the main store."""

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest
import workshop
from workshop import commit, dvc, git, wardround

from wardround.disclosure.reading import Trusted
from wardround.flows.faults import edit_params
from wardround.flows.publication import read
from wardround.flows.reproducing import reproduce
from wardround.project.layout import Project
from wardround.revision.lock import missing_objects, parse

#: What makes the tiny model another one, and a worse one by a limit of the base.
BETTER = {"model": {"settings": {"max_iter": 12}}}


class Checkout:
    """A branch of the tiny project as a workflow has it: a detached head, an event file, a summary file."""

    def __init__(self, root, place, project=".", base=None):
        self.root, self.place, self.project = root, place, project
        self.out = place / "evidence" / "publication.json"
        self.base = base or git(root, "rev-parse", "main")
        self.summary = place / "summary.md"
        event = place / "event.json"
        event.write_text(
            json.dumps({"action": "opened", "pull_request": {"base": {"sha": self.base}}}), encoding="utf-8"
        )
        self.env = {"GITHUB_EVENT_PATH": str(event), "GITHUB_STEP_SUMMARY": str(self.summary)}
        git(root, "checkout", "--quiet", "--detach")

    @property
    def command(self):
        return ["ci", "review", "--project", self.project, "--out", str(self.out)]

    def review(self, *args, code):
        return wardround(self.root, *self.command, *args, env=self.env, code=code)

    @property
    def publication(self):
        found = read(self.out, Trusted(min_cell=11))
        assert found.value is not None, found.reason
        return found.value

    def verdict(self, rule):
        found = {item.verdict for item in self.publication.published.decision.findings if item.rule == rule}
        return next(word for word in ("refuse", "cannot tell", "pass", "not applicable") if word in found)


def changed(root, changes, *, reviewed):
    """A branch with other params; ``reviewed``: with the lock that its author made, pushed to the main store."""
    git(root, "switch", "--quiet", "--create", "change")
    edit_params(root, changes)
    if reviewed:
        reproduce(Project(root), lambda _line: None, pull=False)
    head = commit(root)
    if reviewed:
        dvc(root, "push", "--quiet")
    return head


def stored(root):
    """The objects of the main store, without the quarantine that lies below it."""
    store = root.parent / f"{root.name}-storage"
    return {path.relative_to(store) for path in (store / "files").rglob("*") if path.is_file()}


def quarantined(root):
    """What a run made and keeps there; the record of what it published is another matter."""
    store = root.parent / f"{root.name}-storage" / "quarantine"
    return {path.relative_to(store) for path in store.rglob("*") if path.is_file() and "published" not in path.parts}


@pytest.mark.slow
def test_an_authors_lock_passes_and_nothing_goes_to_quarantine(tiny, tmp_path):
    head = changed(tiny, BETTER, reviewed=True)
    run = Checkout(tiny, tmp_path)
    before = stored(tiny)
    run.out.parent.mkdir()
    run.out.write_text("an older one", encoding="utf-8")
    run.review(code=0)
    made = run.publication
    assert (made.mode, made.head_commit, made.base_commit, made.lock) == ("data", head, run.base, None)
    assert made.project == "tiny"
    assert not made.context.dirty
    assert made.published.decision.verdict == "pass"
    assert run.verdict("lock.fresh") == "pass"
    assert stored(tiny) == before
    assert quarantined(tiny) == set()
    assert run.summary.read_text(encoding="utf-8") == (tiny / "reports" / "comment.md").read_text(encoding="utf-8")
    first = run.out.read_bytes()
    run.review(code=0)  # the same commit again, in a tree that holds the results
    assert run.publication.published == made.published
    assert len(first) < 1024 * 1024


@pytest.mark.slow
def test_a_stale_lock_is_refused_published_and_kept_in_quarantine(tiny, tmp_path):
    changed(tiny, BETTER, reviewed=False)
    run = Checkout(tiny, tmp_path)
    before = stored(tiny)
    run.review(code=11)
    assert run.verdict("lock.fresh") == "refuse"
    assert run.publication.lock is None  # the base lets authors commit the lock
    assert stored(tiny) == before
    made = parse((tiny / "dvc.lock").read_bytes())
    assert "models/model" in missing_objects(tiny, made, "storage")
    lacking = set(missing_objects(tiny, made, "storage")) & set(missing_objects(tiny, made, "quarantine"))
    assert lacking == set()
    assert not any("runs" in path.parts for path in quarantined(tiny)), "the run-cache stays where it is"


@pytest.mark.slow
def test_the_app_commits_the_lock_and_its_commit_passes_from_a_fresh_clone(tiny, tmp_path):
    edit_params(tiny, {"forge": {"lock": "app"}})
    commit(tiny, "The App commits the lock")
    changed(tiny, BETTER, reviewed=False)
    run = Checkout(tiny, tmp_path)
    run.review(code=11)
    proposed = run.publication.lock
    assert run.verdict("lock.fresh") == "refuse"
    assert proposed == (tiny / "dvc.lock").read_text(encoding="utf-8")
    assert proposed != git(tiny, "show", "HEAD:dvc.lock") + "\n"

    git(tiny, "commit", "--quiet", "--message", "Lock", "dvc.lock")
    place = tmp_path / "elsewhere"
    place.mkdir()
    git(place, "clone", "--quiet", str(tiny), "tiny")
    (tiny.parent / "tiny-storage").rename(place / "tiny-storage")
    clone = place / "tiny"
    git(clone, "branch", "--quiet", "--force", "main", run.base)
    again = Checkout(clone, place)
    answer = again.review(code=0)
    assert again.publication.lock is None
    assert again.verdict("lock.fresh") == "pass"
    assert ": running" not in answer.err, answer.err


@pytest.mark.slow
def test_an_evidence_that_cannot_tell_is_published_and_blocks(tiny, tmp_path):
    # Nobody can be compared: the base's model is in no store.
    changed(tiny, BETTER, reviewed=True)
    model = parse((tiny / "dvc.lock").read_bytes())
    base = parse(git(tiny, "show", "main:dvc.lock").encode()).digest("models/model")
    assert model.digest("models/model") != base
    for place in (tiny / ".dvc" / "cache", tiny.parent / "tiny-storage"):
        (place / "files" / "md5" / base[:2] / base[2:]).unlink()
    shutil.rmtree(
        tiny / ".dvc" / "tmp" / "wardround", ignore_errors=True
    )  # where an earlier review kept the base's program
    run = Checkout(tiny, tmp_path)
    run.review(code=11)
    assert run.publication.published.decision.verdict == "cannot tell"
    assert run.verdict("performance.non_inferiority") == "cannot tell"


@pytest.mark.slow
def test_a_stage_that_fails_leaves_no_publication(tiny, tmp_path):
    git(tiny, "switch", "--quiet", "--create", "change")
    (tiny / "pipelines" / "features.py").write_text(
        "def build(encounters, settings):\n    raise ValueError(encounters.iloc[0].to_dict())\n", encoding="utf-8"
    )
    commit(tiny)
    run = Checkout(tiny, tmp_path)
    run.out.parent.mkdir()
    run.out.write_text("an older one", encoding="utf-8")
    for args in ((), ("--synthetic",)):
        answer = run.review(*args, code=2)
        workshop.check_polite(answer)
        assert "pipelines/features.py" in answer.err
        assert not run.out.exists()
        assert not run.summary.exists()


def test_uncommitted_changes_and_odd_events_are_refused(tiny, tmp_path):
    run = Checkout(tiny, tmp_path)
    (tiny / "NOTES.md").write_text("not committed\n", encoding="utf-8")
    assert "not committed" in run.review(code=2).err
    (tiny / "NOTES.md").unlink()
    for event in ("{", '{"pull_request": {"base": {"sha": "--upload-pack=x"}}}', '{"merge_group": {}}'):
        (tmp_path / "event.json").write_text(event, encoding="utf-8")
        assert "GITHUB_EVENT_PATH" in run.review(code=2).err
    (tmp_path / "event.json").write_text(json.dumps({"merge_group": {"base_sha": "a" * 40}}), encoding="utf-8")
    assert "is not in this repository" in run.review(code=2).err
    assert not run.out.exists()


def test_the_quarantine_may_not_be_the_main_store_and_must_be_there_for_the_app(tiny, tmp_path):
    git(tiny, "switch", "--quiet", "--create", "change")
    config = tiny / ".dvc" / "config"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("tiny-storage/quarantine", "tiny-storage"), encoding="utf-8")
    commit(tiny)
    run = Checkout(tiny, tmp_path)
    assert "the main store itself" in run.review(code=2).err
    git(tiny, "switch", "--quiet", "main")
    edit_params(tiny, {"forge": {"lock": "app", "quarantine": "elsewhere"}})
    commit(tiny)
    run = Checkout(tiny, tmp_path)
    assert "no remote 'elsewhere'" in run.review(code=2).err


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["ingest", "train"])
def test_killed_and_run_again(tiny, tmp_path, stage):
    changed(tiny, {**BETTER, "data": {"partitions": 2}}, reviewed=False)
    run = Checkout(tiny, tmp_path)
    process = workshop.start(tiny, *run.command, env=run.env)
    try:
        assert workshop.wait_for_stage(process, stage) is not None
        os.killpg(process.pid, signal.SIGKILL)
    finally:
        workshop.stop(process)
    assert not run.out.exists()
    run.review(code=11)
    assert run.verdict("lock.fresh") == "refuse"
    assert run.publication.published.decision.verdict == "refuse"
    workshop.check_whole(tiny)


@pytest.mark.slow
def test_a_rehearsal_needs_no_data_no_remote_and_no_base(tiny, tmp_path):
    """As a fork's run has it: a clone with the branch alone, no store, no cache; the base's commit is not even there."""
    head = changed(tiny, BETTER, reviewed=False)
    place = tmp_path / "fork"
    place.mkdir()
    git(place, "clone", "--quiet", "--depth", "1", f"file://{tiny}", "tiny")
    fork = place / "tiny"
    run = Checkout(fork, place, base=git(tiny, "rev-parse", "main"))
    answer = run.review("--synthetic", code=11)
    made = run.publication
    assert (made.mode, made.head_commit, made.base_commit, made.lock) == ("synthetic", head, run.base, None)
    assert made.published.decision.verdict == "cannot tell"
    assert made.published.validation is None
    assert not made.published.cohorts
    for rule in ("data.contract", "data.leakage", "split.subject_overlap"):
        assert run.verdict(rule) == "pass", rule
    for rule in ("performance.floor", "performance.non_inferiority", "fairness.gap", "sites.worst", "lock.fresh"):
        assert run.verdict(rule) == "cannot tell", rule
    assert "synthetic encounters tell nothing of performance" in answer.out.casefold()
    assert git(fork, "status", "--porcelain") == ""
    assert not (fork / ".dvc" / "tmp" / "wardround" / "rehearsal").exists()
    assert not (place / "tiny-storage").exists()


@pytest.mark.slow
def test_only_the_touched_project_of_a_repository_is_reviewed(tiny, tmp_path):
    """Two tiny projects below one repository: the script names the one that the change touches, and its lock is its own."""
    root = tmp_path / "many"
    for name in ("one", "two"):
        place = root / "projects" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-r", str(tiny), str(place)], check=True)
        for gone in (".git", ".dvc", "data/snapshot", "data/features", "models", "reports"):
            subprocess.run(["rm", "-rf", str(place / gone)], check=True)
        edit_params(place, {"project": {"name": f"tiny-{name}"}})
    git(root, "init", "--quiet", "--initial-branch=main")
    dvc(root, "init", "--quiet")
    (root / ".dvc" / "config").write_text(
        "[core]\n    remote = storage\n    analytics = false\n    check_update = false\n"
        "['remote \"storage\"']\n    url = ../../many-storage\n['remote \"quarantine\"']\n    url = ../../many-storage/quarantine\n",
        encoding="utf-8",
    )
    scripts = root / ".github" / "scripts"
    scripts.mkdir(parents=True)
    source = workshop.ROOT / ".github" / "scripts" / "scope.py"
    (scripts / "scope.py").write_bytes(source.read_bytes())
    for name in ("one", "two"):
        wardround(root / "projects" / name, "upgrade")
    commit(root, "Start")
    for name in ("one", "two"):
        reproduce(Project(root / "projects" / name), lambda _line: None, pull=False)
    commit(root, "First versions")
    dvc(root, "push", "--quiet")
    git(root, "switch", "--quiet", "--create", "change")
    edit_params(root / "projects" / "two", BETTER)
    commit(root)
    paths = subprocess.run(
        ["git", "diff", "--name-only", "--no-renames", "-z", "main...HEAD"], cwd=root, capture_output=True, check=True
    ).stdout
    said = subprocess.run(
        [sys.executable, ".github/scripts/scope.py"], cwd=root, input=paths, capture_output=True, check=True
    ).stdout.decode()
    (project,) = json.loads(said.removeprefix("projects="))
    assert project == {"path": "projects/two", "key": "two"}
    run = Checkout(root, tmp_path, project["path"])
    run.review(code=11)
    assert run.publication.project == "tiny-two"
    assert run.verdict("lock.fresh") == "refuse"
    assert "projects/two/dvc.lock" in git(root, "status", "--porcelain")
    assert "projects/one" not in git(root, "status", "--porcelain")
    assert (tmp_path / "many-storage" / "quarantine").is_dir()
    git(root, "checkout", "--quiet", "--force", "HEAD", "--", "projects")
    run.review("--synthetic", code=11)
    assert run.publication.mode == "synthetic"
    assert git(root, "status", "--porcelain") == ""
