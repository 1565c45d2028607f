"""Real runs of the pipeline, as the monitor reads them: one stage restored from the cache, one that failed, and what came after."""

import datetime as dt
import json

import pytest
from workshop import wardround

from wardround.flows.faults import edit_params
from wardround.flows.monitor.looking import outcome_request, prepare
from wardround.flows.monitor.reference import reference
from wardround.flows.monitor.request import MonitorRequest
from wardround.flows.pastruns import KEPT, known, past, remember
from wardround.flows.stage import scratch
from wardround.monitoring.service_health import pipeline
from wardround.project.layout import Project


def states(record):
    return {name: told["state"] for name, told in record["stages"].items()}


@pytest.mark.slow
def test_a_restored_and_a_failed_stage_are_carried_to_the_monitor(tiny):
    before = len(past(scratch(Project(tiny))))
    edit_params(tiny, {"split": {"train": 0.6}})
    wardround(tiny, "review", "--quiet")
    edit_params(tiny, {"split": {"train": 0.5}})  # as it was: everything is in the run-cache
    wardround(tiny, "review", "--quiet")
    model = tiny / "pipelines" / "model.py"
    text = model.read_text(encoding="utf-8")
    model.write_text(text.replace("def build(", "def build_no_more("), encoding="utf-8")
    failed = wardround(tiny, "review", "--quiet")
    assert failed.code not in (0, 1), failed.text
    executed, restored, broken = past(scratch(Project(tiny)))[before:]
    assert (executed["failed"], restored["failed"], broken["failed"]) == ("", "", "train")
    assert states(executed)["train"] == "executed"
    assert states(executed)["ingest"] == "unchanged"
    assert executed["stages"]["train"]["seconds"] > 0
    assert states(restored)["train"] == "restored"
    assert "seconds" not in restored["stages"]["train"]
    assert states(broken)["train"] == "failed"
    assert "evaluate" not in states(broken)
    assert executed["seconds"] > 0

    request = MonitorRequest(Project(tiny), dt.datetime.now(dt.UTC), record=False, alert=False)
    looked = prepare(request)
    asked = outcome_request(looked, reference(Project(tiny), ""), "")
    assert asked.runs[-3:] == (executed, restored, broken)
    told = {
        (item.measure, item.level): item
        for item in pipeline.candidates(asked.runs, asked.params.monitor.outcome.service)
    }
    assert told["failed_runs", ""].events == 1
    assert told["restored_stages", ""].events >= 1
    assert told["failed_attempts", "train"].events == 1


def test_the_newest_records_are_kept_and_looks_stay(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"looks": {"block": ["model"]}, "runs": "nothing"}), encoding="utf-8")
    for number in range(KEPT + 3):
        remember(tmp_path, {"seconds": number})
    assert [item["seconds"] for item in past(tmp_path)] == list(range(3, KEPT + 3))
    assert json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["looks"] == {"block": ["model"]}
    assert past(tmp_path / "nowhere") == ()
    (tmp_path / "file").write_text("")
    remember(tmp_path / "file", {"seconds": 1})  # a record that cannot be kept stops nothing


def test_records_of_other_machines_are_read_for_what_they_are(tmp_path):
    good = {
        "begun": "2026-03-02T00:00:00Z",
        "seconds": 12.5,
        "failed": "train",
        "stages": {"split": {"state": "restored"}, "train": {"state": "failed"}},
    }
    odd = [
        "a word",
        {**good, "begun": "yesterday"},
        {**good, "failed": "<script>"},
        {**good, "seconds": float("inf")},
        {**good, "stages": []},
        {
            **good,
            "begun": "2026-03-01T00:00:00Z",
            "stages": {"Quimby": {"state": "failed"}, "split": {"state": "gone"}},
            "more": 1,
        },
    ]
    for name, runs in (("a", [good, *odd]), ("b", [good]), ("c", "nothing")):
        (tmp_path / "fetched" / name).mkdir(parents=True)
        (tmp_path / "fetched" / name / "run.json").write_text(json.dumps({"runs": runs}), encoding="utf-8")
    (tmp_path / "fetched" / "d.json").write_text("{", encoding="utf-8")
    place = tmp_path / "own"
    remember(place, {**good, "begun": "2026-03-03T00:00:00Z"})
    found = known(place, tmp_path, "fetched/**/*.json")
    assert [item["begun"][8:10] for item in found] == ["01", "02", "03"]
    assert found[1] == good
    assert found[0]["stages"] == {}
    assert "more" not in found[0]
    assert known(place, tmp_path, None) == past(place)
