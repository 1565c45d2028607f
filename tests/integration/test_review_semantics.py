"""What a review promises, with the real command line on a repository."""

import json
import shutil

import pytest
import workshop
from workshop import commit, git, wardround

from wardround.flows.faults import edit_params


def branch(root, name="change"):
    git(root, "switch", "--quiet", "--create", name)


def decision(root):
    return json.loads((root / "reports" / "decision.json").read_bytes())


def comparison(root):
    return json.loads((root / "reports" / "comparison.json").read_bytes())


def verdict(root, rule):
    """The worst verdict of a rule's findings."""
    found = [item["verdict"] for item in decision(root)["findings"] if item["rule"] == rule]
    return next(word for word in ("refuse", "cannot tell", "pass", "not applicable") if word in found)


@pytest.mark.slow
def test_an_unchanged_head_passes_and_leaves_the_work_tree_clean(tiny):
    branch(tiny)
    (tiny / "NOTES.md").write_text("Nothing that matters to the model.\n", encoding="utf-8")
    commit(tiny)
    git(tiny, "tag", "tiny@v1.0.0", "main")
    for _ in range(2):
        answer = wardround(tiny, "review", "--anchor", "tiny@v1.0.0", code=0)
        assert ": running" not in answer.err
        assert git(tiny, "status", "--porcelain") == ""
    assert decision(tiny)["outcome"] == "unchanged"
    assert {item["reference"] for item in comparison(tiny)["against"]} == {"base", "anchor"}
    assert all(item["comparable"] for item in comparison(tiny)["against"])
    assert git(tiny, "ls-files", "reports", "data/snapshot", "models") == ""
    lock = (tiny / "dvc.lock").read_text(encoding="utf-8")
    for name in ("comparison.json", "decision.json", "review.html", "review.md", "comment.md"):
        assert (tiny / "reports" / name).is_file()
        assert name not in lock
        assert git(tiny, "check-ignore", f"reports/{name}")
    answer = wardround(tiny, "review", "--json", code=0)
    assert json.loads(answer.out)["published"]


@pytest.mark.slow
def test_the_first_version_is_a_draft_until_it_is_committed_and_never_passes_without_its_lock(tiny, tmp_path):
    """What `init` leaves is a draft; the same commit in a clone, in a workflow's checkout or on a branch is not."""
    git(tiny, "reset", "--quiet", "HEAD^")  # to the start: nothing but the lock is missing
    for left in (True, False):  # with the lock that an interrupted run leaves, and without
        if not left:
            (tiny / "dvc.lock").unlink()
        wardround(tiny, "review", code=0)
        assert decision(tiny)["outcome"] == "baseline"
        assert verdict(tiny, "lock.fresh") == "not applicable"
    wardround(tiny, "gate", code=0)
    clone = tmp_path / "elsewhere" / "tiny"
    git(tiny, "clone", "--quiet", str(tiny), str(clone))
    shutil.copytree(tiny.parent / "tiny-storage", clone.parent / "tiny-storage")
    wardround(clone, "review", code=11)
    assert verdict(clone, "lock.fresh") == "refuse"
    git(tiny, "switch", "--quiet", "--detach")
    wardround(tiny, "review", code=11)
    assert verdict(tiny, "lock.fresh") == "refuse"
    git(tiny, "switch", "--quiet", "--create", "change", "main")
    git(tiny, "commit", "--quiet", "--allow-empty", "--message", "Without the lock")
    wardround(tiny, "review", code=11)
    assert verdict(tiny, "lock.fresh") == "refuse"
    git(tiny, "switch", "--quiet", "main")
    commit(tiny, "First version")
    wardround(tiny, "review", code=0)
    assert verdict(tiny, "lock.fresh") == "pass"


def test_a_changed_threshold_retrains_nothing(tiny):
    branch(tiny)
    edit_params(tiny, {"evaluate": {"thresholds": [0.3]}})
    commit(tiny)
    answer = wardround(tiny, "review")
    assert answer.code == 11, answer.text
    ran = [line.split()[-2] for line in answer.err.splitlines() if line.endswith(": running")]
    assert ran == ["evaluate:"]
    assert verdict(tiny, "lock.fresh") == "refuse"
    assert decision(tiny)["judge_changes"] or "judged by the base" in (tiny / "reports" / "review.md").read_text()


def test_a_change_of_the_gate_is_judged_by_the_base_s(tiny):
    edit_params(tiny, {"gate": {"floor": {"auroc": 0.99}}})
    commit(tiny, "A strict gate")
    branch(tiny)
    edit_params(tiny, {"gate": {"floor": {"auroc": 0.0}, "off": ["performance.floor"]}, "disclosure": {"min_cell": 5}})
    commit(tiny, "Help oneself")
    answer = wardround(tiny, "review")
    assert answer.code == 11, answer.text
    assert verdict(tiny, "performance.floor") == "refuse"
    assert ": running" not in answer.err
    assert "judged by the base's version" in (tiny / "reports" / "review.md").read_text(encoding="utf-8")


def test_a_base_whose_params_cannot_be_read_does_not_judge_and_that_is_said(tiny):
    params = tiny / "params.yaml"
    good = params.read_bytes()
    params.write_bytes(good + b"\nfrom_the_future: {}\n")
    commit(tiny, "A newer version's params")
    branch(tiny)
    params.write_bytes(good)
    commit(tiny)
    answer = wardround(tiny, "review")
    assert answer.code in (0, 11), answer.text
    assert "no params that this version can read" in (tiny / "reports" / "review.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_base_without_a_project_is_a_first_version(tiny):
    git(tiny, "checkout", "--quiet", "--orphan", "empty")
    git(tiny, "rm", "-r", "--quiet", "--cached", ".")
    git(tiny, "commit", "--quiet", "--allow-empty", "--message", "Nothing")
    git(tiny, "checkout", "--quiet", "--force", "main")
    wardround(tiny, "review", "--base", "empty", code=0)
    assert decision(tiny)["outcome"] == "baseline"


@pytest.mark.slow
def test_a_base_that_cannot_read_the_head_s_data_is_cannot_tell_with_its_own_words(tiny):
    branch(tiny)
    for path in (tiny / "pipelines" / "contract.py", tiny / "pipelines" / "features.py", tiny / "data/raw/visits.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace("pulse", "heart_rate"), encoding="utf-8")
    commit(tiny)
    wardround(tiny, "review")
    commit(tiny, "The lock")
    workshop.dvc(tiny, "push", "--quiet")
    answer = wardround(tiny, "review")
    assert answer.code == 11, answer.text
    workshop.check_polite(answer)
    assert verdict(tiny, "performance.non_inferiority") == "cannot tell"
    reason = next(item["reason"] for item in comparison(tiny)["against"] if item["test_set"] == "head")
    assert "pulse" in reason
    assert "Quimby" not in reason


@pytest.mark.slow
def test_a_moved_window_is_also_compared_on_the_base_s_own_test_set(synthetic):
    branch(synthetic)
    edit_params(synthetic, {"data": {"window": {"end": "2025-03-01"}}})
    commit(synthetic)
    wardround(synthetic, "review")
    commit(synthetic, "The lock")
    workshop.dvc(synthetic, "push", "--quiet")
    answer = wardround(synthetic, "review")
    assert answer.code in (0, 11), answer.text
    against = comparison(synthetic)["against"]
    assert [item["test_set"] for item in against] == ["head", "reference"]
    assert all(item["comparable"] for item in against)
    for item in against:
        assert item["exclusions"]["compared"] <= item["exclusions"]["test_encounters"]


@pytest.mark.slow
@pytest.mark.parametrize("fresh", [{"jobs": 1}, {"jobs": 2}])
def test_two_fresh_runs_give_the_same_bytes(fresh, synthetic, tmp_path):
    """Other directory, hash seed, time zone, locale; the evidence of the fixture was made by one job."""
    clone = tmp_path / "elsewhere" / "readmission"
    git(tmp_path, "clone", "--quiet", str(synthetic), str(clone))
    environment = {
        "PYTHONHASHSEED": "4242",
        "TZ": "Pacific/Chatham",
        "LC_ALL": "C",
        "LANG": "tr_TR.UTF-8",
        "OMP_NUM_THREADS": "2",
    }
    if fresh["jobs"] != 1:
        edit_params(clone, {"compute": fresh})
    # The storage is asked only for what the lock names; nothing is fetched and no cache is there: every stage runs.
    storage = f"{synthetic.name}-storage"
    shutil.copytree(synthetic.parent / storage, clone.parent / storage)
    again = wardround(clone, "review", "--no-pull", env=environment)
    assert again.err.count(": running") == len(workshop.STAGES), again.text
    wardround(synthetic, "review", code=0)
    one, other = workshop.evidence(synthetic), workshop.evidence(clone)
    assert one.keys() == other.keys()
    same = set(one) - ({"decision.json"} if fresh["jobs"] != 1 else set())  # another params.yaml is another subject
    if again.code != 0:
        same -= {"decision.json"}
    assert {name for name in same if one[name] != other[name]} == set()
    if fresh["jobs"] == 1:
        assert one["decision.json"] == other["decision.json"], again.text
