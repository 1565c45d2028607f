"""Git, DVC, the storage and the terminal in trouble; the real command line on a real repository."""

import os
import shutil
import signal
import time

import pytest
import workshop
from workshop import commit, git, wardround

from wardround.flows.faults import edit_params


def explained(answer, code, *words):
    assert answer.code == code, answer.text
    for word in words:
        assert word in answer.text, answer.text
    workshop.check_polite(answer)


def storage_of(root):
    return root.parent / f"{root.name}-storage"


def cache_of(root):
    return root / ".dvc" / "cache"


def locked(root, path):
    """The MD5 that ``dvc.lock`` names for an output."""
    lines = (root / "dvc.lock").read_text().splitlines()
    found = [number for number, line in enumerate(lines) if line == f"    - path: {path}"]
    place = next(number for number in found if _in_outs(lines, number))
    return next(line.split()[-1] for line in lines[place:] if line.strip().startswith("md5:"))


def _in_outs(lines, number):
    return next(line for line in reversed(lines[:number]) if line in ("    outs:", "    deps:")) == "    outs:"


def object_of(store, md5):
    return store / "files" / "md5" / md5[:2] / md5[2:]


def test_without_a_git_repository(tiny):
    shutil.rmtree(tiny / ".git")
    explained(wardround(tiny, "review"), 2, "not in a git repository", "git init")
    workshop.check_whole(tiny)


def test_without_git_installed(tiny, tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    explained(wardround(tiny, "review", env={"PATH": str(tools)}), 3, "git is not installed", "install git")


def test_without_a_dvc_repository(tiny):
    git(tiny, "rm", "-r", "--quiet", "--cached", ".dvc")
    shutil.rmtree(tiny / ".dvc")
    commit(tiny)
    explained(wardround(tiny, "review"), 2, "not in a DVC repository", "dvc init")


def test_before_the_first_commit(tiny):
    shutil.rmtree(tiny / ".git")
    git(tiny, "init", "--quiet", "--initial-branch=main")
    explained(wardround(tiny, "review"), 2, "nothing is committed yet", "git commit")


def test_a_bare_repository(tiny):
    git(tiny, "config", "core.bare", "true")
    explained(wardround(tiny, "review"), 2, "bare")


def test_a_shallow_clone_without_the_base(tiny):
    git(tiny, "switch", "--quiet", "--create", "change")
    commit(tiny)
    clone = tiny.parent / "clone"
    git(tiny.parent, "clone", "--quiet", "--depth", "1", "--branch", "change", tiny.as_uri(), str(clone))
    explained(wardround(clone, "review"), 2, "'main'", "shallow", "git fetch --unshallow origin")
    workshop.check_whole(clone)


def test_a_detached_head_of_a_clone_is_reviewed_from_the_storage_alone(tiny):
    """What CI does: a fresh clone, the commit itself, no cache; the base is known only as a branch of origin."""
    clone = tiny.parent / "clone"
    git(tiny.parent, "clone", "--quiet", str(tiny), str(clone))
    git(clone, "checkout", "--quiet", "--detach")
    git(clone, "branch", "--quiet", "-D", "main")
    answer = wardround(clone, "review")
    explained(answer, 0, "PASS")
    assert ": running" not in answer.err
    assert workshop.evidence(clone).keys() == workshop.evidence(tiny).keys()
    made = {f"{name}.json" for name in workshop.EVIDENCE}
    assert {k: v for k, v in workshop.evidence(clone).items() if k in made} == {
        k: v for k, v in workshop.evidence(tiny).items() if k in made
    }
    workshop.check_whole(clone)


def test_the_storage_is_gone(tiny):
    shutil.rmtree(storage_of(tiny))
    answer = wardround(tiny, "review")
    assert answer.code in (3, 11), answer.text
    explained(answer, answer.code, "remote")
    workshop.check_whole(tiny)


@pytest.mark.slow
def test_the_storage_refuses_connections(tiny):
    pytest.importorskip("dvc_s3")
    config = tiny / ".dvc" / "config"
    config.write_text(
        config.read_text().replace(
            f"url = ../../{storage_of(tiny).name}", "url = s3://tiny/\n    endpointurl = http://127.0.0.1:9"
        )
    )
    commit(tiny)
    keys = {"AWS_ACCESS_KEY_ID": "made-up", "AWS_SECRET_ACCESS_KEY": "made-up-secret", "AWS_MAX_ATTEMPTS": "1"}
    answer = wardround(tiny, "review", env=keys, timeout=180)
    explained(answer, 3, "storage")
    assert "made-up-secret" not in answer.text


def test_an_object_that_only_the_storage_has_is_fetched(tiny):
    model = locked(tiny, "models/model")
    shutil.rmtree(tiny / "models" / "model")
    object_of(cache_of(tiny), model).unlink()
    answer = wardround(tiny, "review")
    explained(answer, 0, "PASS")
    assert "train: running" not in answer.err


@pytest.mark.slow
def test_an_object_that_neither_cache_nor_storage_has_is_made_again_or_named(tiny):
    model = locked(tiny, "models/model")
    shutil.rmtree(tiny / "models" / "model")
    for store in (cache_of(tiny), storage_of(tiny)):
        object_of(store, model).unlink()
    answer = wardround(tiny, "review")
    assert answer.code in (3, 11), answer.text
    explained(answer, answer.code, "models/model")
    workshop.check_whole(tiny)
    if answer.code == 3:
        assert "next:" in answer.text


@pytest.mark.slow
def test_a_base_whose_model_is_nowhere_cannot_be_compared(tiny):
    model = locked(tiny, "models/model")
    git(tiny, "switch", "--quiet", "--create", "change")
    edit_params(tiny, {"model": {"settings": {"max_iter": 12}}})
    wardround(tiny, "review")
    commit(tiny)
    workshop.dvc(tiny, "push", "--quiet")
    shutil.rmtree(tiny / ".dvc" / "tmp")
    for store in (cache_of(tiny), storage_of(tiny)):
        object_of(store, model).unlink()
    answer = wardround(tiny, "review")
    explained(answer, 11, "models/model", "CANNOT TELL")
    # The same again once somebody pushed it: the review continues where it was.


@pytest.mark.slow
def test_a_base_s_model_is_restored_from_the_storage(tiny):
    model = locked(tiny, "models/model")
    git(tiny, "switch", "--quiet", "--create", "change")
    edit_params(tiny, {"model": {"settings": {"max_iter": 12}}})
    wardround(tiny, "review")
    commit(tiny)
    workshop.dvc(tiny, "push", "--quiet")
    shutil.rmtree(tiny / ".dvc" / "tmp")
    object_of(cache_of(tiny), model).unlink()
    explained(wardround(tiny, "review"), 0, "PASS")


def test_edited_evidence_is_replaced_by_what_the_lock_names(tiny):
    path = tiny / "reports" / "metrics.json"
    before = path.read_bytes()
    rewrite(path, before.replace(b"0.", b"1.", 1))
    answer = wardround(tiny, "review")
    explained(answer, 0, "PASS")
    assert "evaluate: running" not in answer.err
    assert path.read_bytes() == before


@pytest.mark.slow
def test_evidence_that_was_edited_in_the_cache_too_comes_from_the_storage_or_is_made_again(tiny):
    path = tiny / "reports" / "metrics.json"
    before = path.read_bytes()
    for place in (path, object_of(cache_of(tiny), locked(tiny, "reports/metrics.json"))):
        rewrite(place, before.replace(b"0.", b"1.", 1))
    explained(wardround(tiny, "review"), 0, "PASS")
    assert path.read_bytes() == before


def test_evidence_edited_in_the_cache_behind_its_seal_blocks(tiny):
    """DVC believes a read-only object by its name; the review compares the bytes themselves."""
    digest = locked(tiny, "reports/metrics.json")
    path = tiny / "reports" / "metrics.json"
    forged = path.read_bytes().replace(b"0.", b"0.1", 1)
    for place in (path, object_of(cache_of(tiny), digest)):
        rewrite(place, forged)
        place.chmod(0o444)
    answer = wardround(tiny, "review")
    if path.read_bytes() == forged:
        explained(answer, 11, "metrics")
    else:
        explained(answer, 0, "PASS")


def rewrite(path, content):
    """Puts new content in the place of a file, whatever its links and permissions."""
    path.unlink()
    path.write_bytes(content)


def test_two_reviews_at_once(tiny):
    first = workshop.start(tiny, "review")
    try:
        lock = tiny / ".dvc" / "tmp" / "wardround" / "review.lock"
        lock.unlink(missing_ok=True)
        until = time.monotonic() + 60
        while not lock.exists() and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.1)
        explained(wardround(tiny, "review"), 3, "another review of this project is running", "wait")
        out, _ = first.communicate(timeout=120)
        assert first.returncode == 0, out
    finally:
        workshop.stop(first)
    workshop.check_whole(tiny)


@pytest.mark.parametrize("how", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_an_interrupted_review_ends_with_130_and_leaves_nothing_running(tiny, how):
    before = workshop.evidence(tiny)
    edit_params(tiny, {"features": {"touched": 1}})
    process = workshop.start(tiny, "review")
    try:
        assert workshop.wait_for_stage(process, "features") is not None
        below = workshop.children(process.pid)
        assert below
        os.kill(process.pid, how)
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 130, out
        assert "finished work is kept" in out
        assert "Traceback" not in out
        until = time.monotonic() + 10
        alive = below
        while alive and time.monotonic() < until:
            alive = [(pid, line) for pid, line in below if workshop.state(pid) not in ("", "Z")]
            time.sleep(0.05)
        assert alive == []
    finally:
        workshop.stop(process)
    workshop.check_whole(tiny)
    git(tiny, "checkout", "--quiet", "--", "params.yaml")
    again = wardround(tiny, "review", code=0)
    assert ": running" not in again.err
    after = workshop.evidence(tiny)
    assert {name: after[name] for name in before if name not in ("comparison.json", "decision.json")} == {
        name: before[name] for name in before if name not in ("comparison.json", "decision.json")
    }
