"""`wardround release` on a real project: the first version, what makes the next one, and what is refused."""

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from releasing import kept, push, record, release, retrained, tags
from workshop import check_polite, commit, git, wardround

from wardround.files import sha256_file
from wardround.flows.faults import edit_params
from wardround.release import signing


def test_the_first_release_is_a_version_with_everything_that_its_tag_names(released):
    told = record(released)
    assert tags(released) == ["tiny@v1.0.0"]
    assert (told["commit"], told["image"], told["smoke_network"], told["previous"]) == (
        git(released, "rev-parse", "main"),
        None,
        "host",
        None,
    )
    for name in ("decision", "smoke", "sbom", "provenance"):
        assert sha256_file(kept(released) / f"{name}.json") == told[name]
    decision = json.loads((kept(released) / "decision.json").read_text())
    assert (decision["verdict"], decision["outcome"], decision["head_commit"]) == ("pass", "baseline", told["commit"])
    smoke = json.loads((kept(released) / "smoke.json").read_text())
    assert (smoke["version"], smoke["bento"], smoke["engine"]) == ("v1.0.0", told["bento"], "none")
    assert smoke["encounters"] == 25
    assert smoke["difference"] <= smoke["limit"] == 1e-9
    assert len(smoke["broken"]) == 8
    statement = json.loads(base64.b64decode(json.loads((kept(released) / "provenance.json").read_text())["payload"]))
    subjects = {item["name"]: "sha256:" + item["digest"]["sha256"] for item in statement["subject"]}
    assert subjects == {name: told[name] for name in ("bento", "sbom", "smoke", "decision")}
    names = {item["name"] for item in json.loads((kept(released) / "sbom.json").read_text())["components"]}
    assert {"bentoml", "numpy", "wardround", "tiny-model", "tiny-snapshot"} <= names
    text = (released.parent / "first.txt").read_text()
    assert text.startswith("released: tiny@v1.0.0 (the first version)")
    assert "governance/release.pub" in text


def test_gto_agrees(released):
    done = subprocess.run(
        [Path(sys.executable).parent / "gto", "show", "tiny", "--json"],
        cwd=released,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    (shown,) = json.loads(done.stdout)
    assert shown["version"] == "v1.0.0"


def test_the_files_name_no_registry_and_no_path_of_this_machine(released):
    for path in kept(released).iterdir():
        content = path.read_bytes()
        for word in (b"index-url", b"pypi.", b"/tmp/wardround", b"/tmp/pytest", str(released).encode(), b"PRIVATE KEY"):
            assert word not in content, (path.name, word)


def test_a_second_release_does_nothing_and_sets_names_right(released):
    before = {path: path.stat().st_mtime_ns for path in kept(released).parent.rglob("*") if path.is_file()}
    assert release(released, code=0).out.startswith("nothing to release: tiny@v1.0.0")
    assert before == {path: path.stat().st_mtime_ns for path in kept(released).parent.rglob("*") if path.is_file()}
    (kept(released) / "smoke.json").unlink()
    answer = json.loads(release(released, "--json", code=0).out)
    assert (answer["status"], answer["notes"]) == ("nothing to do", ["set right in the storage: smoke.json"])
    assert (kept(released) / "smoke.json").is_file()
    assert tags(released) == ["tiny@v1.0.0"]


def _readme(root):
    (root / "README.md").write_text("Better words\n")


def _gate(root):
    edit_params(root, {"gate": {"floor": {"auroc": 0.01}}})


def _model_code(root):
    with (root / "pipelines" / "model.py").open("a") as stream:
        stream.write("\n# a remark, and the lock stays\n")


@pytest.mark.parametrize("change", [_readme, _gate, _model_code], ids=lambda change: change.__name__)
def test_what_answers_nothing_makes_no_version(change, released):
    change(released)
    push(released)
    assert release(released, "--dry-run", code=0).out.startswith("nothing to release")


def _remark(name):
    def change(root):
        with (root / "pipelines" / name).open("a") as stream:
            stream.write("\n# a change\n")

    return change


def _params(changes):
    return lambda root: edit_params(root, changes)


def _lock(root):
    text = (root / "dvc.lock").read_text()
    digest = text.split("path: models/model")[1].split("md5: ")[1].split(".dir")[0]
    (root / "dvc.lock").write_text(text.replace(digest, "0" * 32))


BUMPS = {
    "another model": (_lock, "v1.0.1", "the model"),
    "the service": (_remark("service.py"), "v1.0.1", "the service"),
    "a threshold": (_params({"evaluate": {"thresholds": [0.3]}}), "v1.0.1", "the service"),
    "the features": (_remark("features.py"), "v1.1.0", "the features, the service"),
    "a setting of the features": (_params({"features": {"days": 3}}), "v1.1.0", "the features, the service"),
    "the contract": (_remark("contract.py"), "v1.1.0", "the contract"),
    "the outcome": (_params({"data": {"positive": "no"}}), "v2.0.0", "what an answer means, the service"),
    "the outcome in words": (_params({"project": {"outcome": "death"}}), "v2.0.0", "what an answer means, the service"),
}


@pytest.mark.parametrize(("change", "version", "why"), BUMPS.values(), ids=BUMPS)
def test_what_differs_says_the_next_version(change, version, why, released):
    change(released)
    push(released)
    answer = json.loads(release(released, "--dry-run", "--json", code=0).out)
    assert (answer["status"], answer["tag"], ", ".join(answer["why"])) == ("would release", f"tiny@{version}", why)
    assert tags(released) == ["tiny@v1.0.0"]


def test_only_what_is_merged_becomes_a_version(released):
    git(released, "switch", "--quiet", "--create", "branch")
    _remark("features.py")(released)
    commit(released)
    answer = release(released, "--dry-run", code=2)
    assert "only what is merged becomes a version" in answer.err
    check_polite(answer)


def test_what_is_not_committed_is_not_released(released):
    _remark("features.py")(released)
    assert release(released, "--dry-run", code=0).out.startswith("nothing to release")


def test_a_project_without_a_service_or_a_storage_is_told_what_it_lacks(released):
    (released / "pipelines" / "service.py").unlink()
    push(released)
    answer = release(released, "--dry-run", code=2)
    assert "pipelines/service.py" in answer.err
    git(released, "revert", "--no-edit", "HEAD")
    _remark("features.py")(released)
    git(released, "push", "--quiet", "origin", "HEAD:main")
    (released / ".dvc" / "config").write_text("[core]\n    analytics = false\n")
    push(released)
    answer = release(released, code=2)
    assert "a release needs a storage" in answer.err
    check_polite(answer)


def test_a_commit_is_one_version(released):
    """The framework changed, the commit did not: the environment of a version is its commit's."""
    told = {**record(released), "environment": "sha256:" + "0" * 64}
    git(released.parent / "tiny-origin.git", "tag", "--delete", "tiny@v1.0.0")
    git(released, "tag", "--delete", "tiny@v1.0.0")
    _tag(released, told, git(released, "rev-parse", "HEAD"))
    answer = release(released, "--dry-run", code=2)
    assert "this commit is v1.0.0 already" in answer.err
    assert "environment" in answer.err


def test_an_older_commit_does_not_come_after_a_newer_one(released):
    first = git(released, "rev-parse", "HEAD")
    _remark("contract.py")(released)
    second = push(released)
    told = {**record(released), "commit": second, "contract": "sha256:" + "1" * 64, "previous": "v1.0.0"}
    _tag(released, told, second, "tiny@v1.1.0")
    git(released, "checkout", "--quiet", first)
    answer = json.loads(release(released, "--json", "--dry-run", code=0).out)
    assert answer["status"] == "nothing to do"
    assert answer["notes"] == [f"tiny@v1.1.0 is of a later commit than {first[:10]}"]


def _tag(root, told, commit_, name="tiny@v1.0.0"):
    line = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    git(root, "tag", "--annotate", "--cleanup=verbatim", "--message", f"by hand\n{line}", name, commit_)
    git(root, "push", "--quiet", "origin", f"refs/tags/{name}")


def test_a_version_can_be_verified_and_tampering_shows(released):
    assert "are what the tag says" in release(released, "--verify", "v1.0.0", code=0).out
    objects = kept(released).parent / "objects"
    for name, words in {
        "smoke.json": "smoke.json is not the one that the tag names",
        "decision.json": "decision.json is not the one that the tag names",
        "sbom.json": "sbom.json is not the one that the tag names",
        "bento.tar": "the Bento is not the one that was released",
    }.items():
        (path,) = objects.glob(f"*/{name}")
        right = path.read_bytes()
        path.chmod(0o644)
        spoilt = bytearray(right)
        spoilt[len(spoilt) // 2] ^= 1
        path.write_bytes(bytes(spoilt))
        answer = release(released, "--verify", "v1.0.0", code=13)
        assert words in answer.err, answer.err
        check_polite(answer)
        path.write_bytes(right)
    (path,) = objects.glob("*/bento.tar")
    path.unlink()
    assert "lacks bento.tar" in release(released, "--verify", "v1.0.0", code=3).err
    assert "there is no such version" in release(released, "--verify", "v9.0.0", code=2).err


def test_a_trusted_key_is_asked_for_and_another_is_refused(released):
    env = {"XDG_CONFIG_HOME": str(released.parent / "config")}
    own = wardround(released, "release", "--public-key", env=env, code=0).out
    (released / signing.TRUSTED).write_text(own)
    assert "signed by sha256:" in release(released, "--verify", "v1.0.0", code=0).out
    other = wardround(released, "release", "--public-key", env={"XDG_CONFIG_HOME": str(released.parent / "x")}, code=0)
    (released / signing.TRUSTED).write_text(other.out)
    answer = release(released, "--verify", "v1.0.0", code=13)
    assert "no key that is trusted here has signed it" in answer.err
    _remark("features.py")(released)
    push(released)
    answer = release(released, code=2)
    assert "the repository does not trust the key of this machine" in answer.err


@pytest.mark.slow
def test_a_lock_that_is_not_what_the_stages_make_is_refused(released):
    edit_params(released, {"model": {"settings": {"max_iter": 12}}})
    _remark("features.py")(released)  # the service's code: a version is needed, whatever the lock says of the model
    push(released)
    answer = release(released, code=11)
    assert "dvc.lock is not what the stages make here: features, tune, train" in answer.err
    assert tags(released) == ["tiny@v1.0.0"]
    check_polite(answer)


@pytest.mark.slow
def test_what_cannot_be_compared_is_no_version(released):
    """The last version's model is gone from the storage: *cannot tell* blocks."""
    digest = (released / "dvc.lock").read_text().split("path: models/model")[1].split("md5: ")[1].split()[0]
    retrained(released, {"model": {"settings": {"max_iter": 12}}})
    (released.parent / "tiny-storage" / "files" / "md5" / digest[:2] / digest[2:]).unlink()
    answer = release(released, code=11)
    assert "main's own run does not pass" in answer.err
    assert "cannot tell" in answer.err
    assert tags(released) == ["tiny@v1.0.0"]
    check_polite(answer)


@pytest.mark.slow
def test_a_refit_is_the_next_version_and_what_lies_in_caches_does_not_count(released):
    commit_ = retrained(released, {"model": {"settings": {"max_iter": 14}}})
    shutil.rmtree(released / ".dvc" / "cache")
    for path in (released / "models" / "model").iterdir():
        path.chmod(0o644)
        path.write_bytes(b"\x80\x04evil")
    answer = json.loads(release(released, "--json", code=0).out)
    assert (answer["status"], answer["version"], answer["why"]) == ("released", "v1.0.1", ["the model"])
    told = record(released, "tiny@v1.0.1")
    assert (told["commit"], told["previous"]) == (commit_, "v1.0.0")
    assert tags(released) == ["tiny@v1.0.0", "tiny@v1.0.1"]
    decision = json.loads((kept(released, "v1.0.1") / "decision.json").read_text())
    assert decision["base_commit"] == record(released)["commit"]
    release(released, "--verify", "v1.0.1", code=0)
    assert not list((released / ".dvc" / "tmp" / "wardround" / "release").glob("*"))


@pytest.mark.slow
def test_the_same_commit_gives_the_same_bento_decision_and_parts(released):
    first = record(released)
    git(released, "tag", "--delete", "tiny@v1.0.0")
    git(released.parent / "tiny-origin.git", "tag", "--delete", "tiny@v1.0.0")
    shutil.rmtree(kept(released).parent)
    release(released, code=0)
    second = record(released)
    different = {name for name in first if first[name] != second[name]}
    assert different <= {"smoke", "provenance"}, different


@pytest.mark.slow
def test_prepared_in_one_step_and_finished_in_another(released, tmp_path):
    _remark("service.py")(released)
    push(released)
    outputs = tmp_path / "outputs"
    env = {"GITHUB_OUTPUT": str(outputs)}
    release(released, "--prepare", str(tmp_path / "out" / "c.json"), code=0, env=env)
    assert tags(released) == ["tiny@v1.0.0"]
    assert "status=prepared\nversion=v1.0.1\nimage=\ndigest=\n" in outputs.read_text()
    assert sha256_file(tmp_path / "out" / "sbom.json")
    release(released, "--finish", str(tmp_path / "out" / "c.json"), code=0)
    release(released, "--finish", str(tmp_path / "out" / "c.json"), code=0)
    assert tags(released) == ["tiny@v1.0.0", "tiny@v1.0.1"]
    assert sha256_file(tmp_path / "out" / "sbom.json") == record(released, "tiny@v1.0.1")["sbom"]
