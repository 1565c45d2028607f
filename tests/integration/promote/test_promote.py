"""The whole way of a version on a forge: promoted, merged, completed, rolled back."""

import datetime as dt
import time

import pytest
from ward import NAME

from wardround.deploy.files import possible
from wardround.deploy.stage_file import parse
from wardround.errors import GateRefusal, UsageError
from wardround.evidence.trial import Trial


def test_from_a_version_to_prod(ward):
    ward.release("v1.0.0")
    proposed = ward.promote("v1.0.0", "staging", reason="first version").proposed
    pull = ward.pull(proposed.pull)
    assert (pull.title, pull.head_branch) == (
        "Promote readmission v1.0.0 to staging",
        "promote/readmission/staging/v1.0.0",
    )
    assert pull.labels == ("promotion",)
    assert "`@hospital/clinical-owners` (CODEOWNERS of `deploy/staging.yaml`)" in pull.body
    record = ward.state().version("v1.0.0").record
    assert all(value in pull.body for value in (record.image, record.bento, record.decision, record.model))
    assert ward.stage_tags() == [], "nothing happens before the merge"
    merged = ward.merge(pull.number)
    (change,) = (one for _, one in ward.complete().changes)
    assert (change.tag, change.made, change.commit) == ("readmission#staging#1", True, merged)
    held = ward.state().at("staging")
    assert (held.version, held.record.pull, held.record.commit) == ("v1.0.0", pull.number, merged)
    assert ward.deployments() == [("staging", "readmission#staging#1", "success")]
    file = parse(ward.read("deploy/staging.yaml"), "deploy/staging.yaml")
    assert (file.reason, file.requested_by) == ("first version", "ada")
    assert held.record.reason == "first version"
    assert ward.complete().changes == (), "a second run finds nothing to do"
    assert ward.goes_live("v1.0.0", "prod") == "readmission#prod#2"
    assert ward.statuses(ward.main()) == {}, "no break-glass, no mark"


def test_what_is_there_already_is_no_change(ward):
    assert ward.promote("v1.0.0", "prod").nothing == "v1.0.0 is in prod already (readmission#prod#2)"
    assert ward.pulls() == []


def test_a_second_run_brings_the_same_pull_request_up_to_date(ward):
    ward.release("v1.1.0")
    first = ward.promote("v1.1.0", "staging", reason="one").proposed
    again = ward.promote("v1.1.0", "staging", reason="one").proposed
    assert again == first
    other = ward.promote("v1.1.0", "staging", reason="two").proposed
    assert (other.pull, other.branch) == (first.pull, first.branch)
    assert other.commit != first.commit
    assert "Reason: two" in ward.pull(first.pull).body
    assert len(ward.pulls()) == 1


def test_other_work_on_main_leaves_a_pull_request_alone(ward):
    """Approvals are dismissed by a push: what is as it should be is not pushed."""
    (pull,) = ward.pulls()
    ward.commit({"docs/words.md": "words\n"})
    assert ward.promote("v1.1.0", "staging", reason="two").proposed.commit == pull.head_sha


def test_another_change_of_the_stage_is_merged_into_the_branch(ward):
    (pull,) = ward.pulls()
    ward.release("v1.1.1")
    assert ward.goes_live("v1.1.1", "staging")
    proposed = ward.promote("v1.1.0", "staging", reason="two").proposed
    assert (proposed.pull, ward.bare().commit(proposed.commit).parents) == (
        pull.number,
        (pull.head_sha, ward.main()),
    )
    ward.merge(pull.number)
    (change,) = [one for _, one in ward.complete().changes]
    assert (change.version, ward.state().at("staging").version) == ("v1.1.0", "v1.1.0")


def test_a_branch_that_an_earlier_promotion_left_is_used_again(ward):
    """v1.1.0 was merged, another came after it, and now it shall come back: the old branch is still there."""
    assert ward.goes_live("v1.1.1", "staging")
    proposed = ward.promote("v1.1.0", "staging").proposed
    assert ward.pull(proposed.pull).state == "open"
    names = {"deploy/staging.yaml"} | set(possible(NAME, "staging"))
    assert set(ward.files(proposed.pull)) <= names
    ward.merge(proposed.pull, "squash")
    (change,) = [one for _, one in ward.complete().changes]
    assert change.version == "v1.1.0"


def test_a_stage_demands_another_first(ward):
    ward.release("v1.2.0")
    with pytest.raises(GateRefusal, match=r"v1\.2\.0 was never in staging"):
        ward.promote("v1.2.0", "prod")
    with pytest.raises(UsageError, match="there is no such stage"):
        ward.promote("v1.2.0", "production")
    with pytest.raises(GateRefusal, match="there is no such version"):
        ward.promote("v9.9.9", "staging")


def test_a_rollback_goes_to_the_good_version_before(ward):
    ward.goes_live("v1.2.0", "staging")
    ward.goes_live("v1.2.0", "prod")
    assert ward.state().at("prod").version == "v1.2.0"
    began = time.monotonic()
    proposed = ward.rollback("prod", reason="too many alerts").proposed
    assert time.monotonic() - began < 10
    pull = ward.pull(proposed.pull)
    assert (pull.title, pull.labels) == ("Roll readmission in prod back to v1.0.0", ("rollback",))
    ward.merge(pull.number)
    (change,) = [one for _, one in ward.complete().changes]
    held = ward.state().at("prod")
    assert (change.version, held.version, held.record.reason) == ("v1.0.0", "v1.0.0", "too many alerts")
    assert [state for name, _, state in ward.deployments() if name == "prod"] == ["inactive", "inactive", "success"]
    with pytest.raises(UsageError, match=r"no other version ran in prod before v1\.0\.0"):
        ward.rollback("prod")
    assert ward.rollback("prod", "v1.2.0").proposed is not None, "a named version may be any that ran there"


def test_two_merges_before_a_completion_make_two_tags_in_their_order(fresh):
    """Of the runs that wait, the forge keeps the last one: it completes what the others would have."""
    for version in ("v1.0.0", "v1.0.1"):
        fresh.release(version)
    merges = [fresh.merge(fresh.promote(version, "staging").proposed.pull) for version in ("v1.0.0", "v1.0.1")]
    done = fresh.complete()
    assert [(one.version, one.commit, one.tag) for _, one in done.changes] == [
        ("v1.0.0", merges[0], "readmission#staging#1"),
        ("v1.0.1", merges[1], "readmission#staging#2"),
    ]
    times = [item.time for item in fresh.state().assignments]
    assert times[0] < times[1], "GTO goes by the time"
    assert fresh.state().at("staging").version == "v1.0.1"


def test_a_silent_trial(fresh, tmp_path):
    text = fresh.read("params.yaml").decode()
    demand = "prod: {requires: staging, silent_days: 14, matured_outcomes: 100}"
    fresh.commit({"params.yaml": text.replace("prod: {requires: staging}", demand)})
    fresh.release("v1.0.0")
    for stage in ("staging", "shadow"):
        fresh.goes_live("v1.0.0", stage)
    now = dt.datetime.now(dt.UTC)
    with pytest.raises(GateRefusal) as refused:
        fresh.promote("v1.0.0", "prod")
    assert [(one.what, one.found) for one in refused.value.problems] == [
        ("the version does not meet a demand of stage prod", "0 days in shadow"),
        ("the version cannot be seen to meet a demand of stage prod", "there is no evidence of the trial"),
    ]
    later, file = now + dt.timedelta(days=15), tmp_path / "trial.json"
    trial = Trial(
        project=NAME, version="v1.0.0", stage="shadow", first=now.date(), last=later.date(), answered=900, matured=90
    )
    trial.write(file)
    with pytest.raises(GateRefusal, match="at least 90 of 900"):
        fresh.promote("v1.0.0", "prod", now=later, trial=file)
    trial.model_copy(update={"matured": 120}).write(file)
    proposed = fresh.promote("v1.0.0", "prod", now=later, trial=file).proposed
    assert "at least 120 of 900" in fresh.pull(proposed.pull).body.replace("\u200b", "")
    fresh.merge(proposed.pull)
    with pytest.raises(GateRefusal, match="0 days in shadow"):
        fresh.complete()
    assert fresh.complete(now=later).changes[0][1].tag == "readmission#prod#3"


def test_a_project_below_projects_has_its_own_deploy(fresh):
    text = fresh.read("params.yaml").decode().replace(f"name: {NAME}", "name: sepsis")
    fresh.commit({"projects/sepsis/params.yaml": text, "projects/sepsis/dvc.yaml": "stages: {}\n"})
    fresh.release("v1.0.0")
    fresh.goes_live("v1.0.0", "staging")
    assert fresh.deployments() == [("staging", "readmission#staging#1", "success")]


def test_a_version_without_an_image_or_in_the_storage_alone(fresh):
    """Without an image nothing is generated; with its digest alone, params may say where it was copied to."""
    fresh.release("v1.0.0", no_image=True)
    result = fresh.promote("v1.0.0", "staging")
    assert result.files == ("deploy/staging.yaml",)
    assert "no image" in result.notes[0]
    fresh.merge(result.proposed.pull)
    assert fresh.complete().changes[0][1].made
    bare = fresh.release("v1.0.1", bare=True).image
    assert bare.startswith("sha256:")
    assert fresh.promote("v1.0.1", "staging").files == ("deploy/staging.yaml",)
    text = fresh.read("params.yaml").decode()
    fresh.commit({"params.yaml": text.replace("staging: {}", f"staging: {{image: {fresh.registry.name}}}")})
    result = fresh.promote("v1.0.1", "staging")
    assert "deploy/staging/deployment.yaml" in result.files
    assert parse(fresh.read("deploy/staging.yaml", result.proposed.commit), "").image == f"{fresh.registry.name}@{bare}"
    fresh.merge(result.proposed.pull)
    assert fresh.complete().changes[0][1].made


def test_what_was_generated_for_more_is_removed(fresh):
    """A version without an image after one with: no manifest of the old one is left to be followed."""
    fresh.release("v1.0.0")
    fresh.goes_live("v1.0.0", "staging")
    assert fresh.read("deploy/staging/deployment.yaml") is not None
    fresh.release("v1.0.1", no_image=True)
    fresh.goes_live("v1.0.1", "staging")
    assert fresh.read("deploy/staging/deployment.yaml") is None
    assert fresh.state().at("staging").record.image is None
