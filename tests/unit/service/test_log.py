"""Every answer is in the prediction log before it is given, without a name; where it cannot be written, nothing is answered."""

import hashlib
import hmac
import json
import os
from dataclasses import replace

import pyarrow as pa
import pytest
from service_sample import Asker, item

from wardround.errors import EnvironmentFailure, UsageError
from wardround.monitoring.predictions import ReadRequest, read
from wardround.service import Application, Settings, application, bento


def logged(settings, **more):
    found = list(read(ReadRequest(settings.log.url, wal=settings.log.wal, **more)))
    return pa.concat_tables(found, promote_options="permissive").to_pylist() if found else []


def test_the_line_is_there_when_the_answer_is(service, settings, golden):
    answer = service.post("/predict", {"encounters": [item(one) for one in golden]}).json
    rows = {row["id"]: row for row in logged(settings)}
    assert set(rows) == {one["id"] for one in answer["predictions"]}
    for one, known in zip(answer["predictions"], golden, strict=True):
        row = rows[one["id"]]
        assert row["probability"] == one["probability"]
        assert row["alert"] == one["alert"]["0.2"]
        assert row["warnings"] == one["warnings"]
        assert row["earlier"] == len(known["history"])
        assert (row["stage"], row["asked"], row["probe"]) == ("prod", "predict", False)
        assert (row["model_version"], row["contract_version"]) == (answer["model_version"], answer["contract_version"])
        assert row["thresholds"] == [0.2, 0.1, 0.3]
        for name in ("age", "sex", "code", "smoker", "lab"):
            assert row[f"inputs.{name}"] == known["encounter"][name]
        assert row["inputs.at"].isoformat() == known["encounter"]["at"]


def test_nobody_is_named(service, settings, golden):
    service.post("/predict", {"encounters": [item(one) for one in golden]})
    rows = logged(settings)
    key = settings.log.key.read_bytes().strip()
    wanted = {
        hmac.new(key, b"subject\0" + one["encounter"]["patient"].encode(), hashlib.sha256).hexdigest() for one in golden
    }
    assert {row["subject"] for row in rows} == wanted
    assert not {"inputs.patient", "inputs.visit"} & set(rows[0])
    everything = b"".join(path.read_bytes() for path in settings.log.wal.iterdir())
    for one in golden:
        assert one["encounter"]["patient"].encode() not in everything
        assert one["encounter"]["visit"].encode() not in everything


def test_a_request_that_is_asked_again_under_its_name_has_the_same_ids_and_is_read_once(service, settings, golden):
    named = (("x-request-id", "round-7.bed-12"),)
    first, again = (service.post("/predict", item(golden[0]), named).json for _ in range(2))
    other = service.post("/predict", item(golden[1]), named).json
    assert first["predictions"] == again["predictions"]
    assert other["predictions"][0]["id"] != first["predictions"][0]["id"]
    assert sorted(row["id"] for row in logged(settings)) == sorted(
        {first["predictions"][0]["id"], other["predictions"][0]["id"]}
    )
    unnamed = {service.post("/predict", item(golden[0])).json["predictions"][0]["id"] for _ in range(3)}
    assert len(unnamed) == 3


@pytest.mark.parametrize("name", ["short", "with space inside", "x" * 129, "semi;colon-here"])
def test_a_name_that_cannot_be_one(service, golden, name):
    answer = service.post("/predict", item(golden[0]), (("x-request-id", name),))
    assert answer.status == 422
    assert name not in answer.content.decode()


def test_probes_are_marked_and_left_out(service, settings, golden):
    service.post("/predict", item(golden[0]), (("wardround-probe", "verify-deployed"),))
    assert logged(settings) == []
    assert [row["probe"] for row in logged(settings, probes=True)] == [True]


def test_refused_requests_leave_no_line(service, settings, golden):
    service.post("/predict", {"encounter": {**golden[0]["encounter"], "age": 3}})
    service.post("/predict", b"{")
    assert logged(settings) == []


def test_an_explanation_is_an_answer_too(service, settings, golden):
    answer = service.post("/explain", item(golden[0])).json
    (row,) = logged(settings)
    assert (row["id"], row["asked"], row["probability"]) == (answer["id"], "explain", answer["probability"])


def test_a_log_that_cannot_be_written_answers_503_and_takes_nothing_half(service, settings, golden, monkeypatch):
    assert service.post("/predict", item(golden[0])).status == 200
    (segment,) = settings.log.wal.iterdir()
    before = segment.read_bytes()
    real = os.write
    left = 40  # bytes that the full disk still takes

    def full(descriptor, content):
        nonlocal left
        if os.fstat(descriptor).st_ino != segment.stat().st_ino:
            return real(descriptor, content)
        if left <= 0:
            raise OSError(28, "No space left on device")
        taken = real(descriptor, bytes(content)[:left])
        left -= taken
        return taken

    monkeypatch.setattr(os, "write", full)
    answers = service.together("/predict", [item(golden[1]), {"encounter": {}}, item(golden[2])])
    assert [one.status for one in answers] == [503, 422, 503]
    assert answers[0].headers["retry-after"] == "5"
    assert segment.read_bytes() == before
    assert service.get("/readyz").status == 503
    assert service.get("/livez").status == 200
    assert "wardround_log_available 0\n" in service.get("/metrics").content.decode()
    monkeypatch.undo()
    assert service.post("/predict", item(golden[1])).status == 200
    assert len(logged(settings)) == 2


def test_stopping_makes_parquet_of_what_is_left(settings, golden):
    made = application(settings)
    made.start()
    asker = Asker(made)
    ids = [asker.post("/predict", item(one)).json["predictions"][0]["id"] for one in golden]
    made.stop()
    assert list(settings.log.wal.iterdir()) == []
    found = list(read(ReadRequest(settings.log.url)))
    assert [row["id"] for table in found for row in table.to_pylist()] == ids
    assert asker.post("/predict", item(golden[0])).status == 503


def test_without_a_log_it_answers_and_says_so(settings, golden, tmp_path):
    made = application(replace(settings, log=None))
    made.start()
    asker = Asker(made)
    assert asker.post("/predict", item(golden[0])).status == 200
    assert asker.get("/model").json["prediction_log"] is False
    assert not settings.log.wal.exists()
    made.stop()


def test_through_bentomls_monitoring_the_same_rows(settings, golden):
    made = Application(settings, bento.monitored)
    made.start()
    asker = Asker(made)
    asker.post("/predict", {"encounters": [item(one) for one in golden]})
    answer = asker.post("/predict", item(golden[0])).json["predictions"][0]
    rows = logged(settings)
    assert len(rows) == len(golden) + 1
    assert rows[-1]["id"] == answer["id"]
    assert rows[-1]["inputs.age"] == golden[0]["encounter"]["age"]
    made.stop()


def test_bentomls_monitoring_does_not_swallow_a_full_disk(settings, golden, monkeypatch):
    made = Application(settings, bento.monitored)
    made.start()
    asker = Asker(made)

    def full(*_):
        raise OSError(28, "No space left on device")

    assert asker.post("/predict", item(golden[0])).status == 200
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        assert [asker.post("/predict", item(golden[0])).status for _ in range(2)] == [503, 503]
    assert asker.post("/predict", item(golden[0])).status == 200
    made.stop()


def test_the_key_is_needed_and_long_enough(settings):
    settings.log.key.write_text("short")
    with pytest.raises(UsageError, match="too short"):
        application(settings).start()
    settings.log.key.unlink()
    with pytest.raises(UsageError, match="cannot be read"):
        application(settings).start()


def test_a_place_that_cannot_be_written_or_is_of_no_known_kind_is_said(settings, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFailure, match="prediction log cannot be written"):
        application(replace(settings, log=replace(settings.log, wal=tmp_path / "file"))).start()
    with pytest.raises(UsageError, match="of a kind that is not known here"):
        application(replace(settings, log=replace(settings.log, url="s4://bucket/log"))).start()


def test_a_laptop_makes_its_own_key_for_its_owner_alone(trained):
    settings = Settings.from_environment(trained.root, {})
    made = application(settings)
    made.start()
    made.stop()
    key = trained.root / ".wardround" / "log.key"
    assert key.stat().st_mode & 0o777 == 0o600
    first = key.read_bytes()
    made.start()
    made.stop()
    assert key.read_bytes() == first


def test_the_environment_says_where(tmp_path):
    given = {
        "WARDROUND_MODEL_DIR": "/m",
        "WARDROUND_RELEASE": "/r.json",
        "WARDROUND_PREDICTIONS": "s3://log/x",
        "WARDROUND_WAL": "/w",
        "WARDROUND_LOG_KEY_FILE": "/k",
        "WARDROUND_STAGE": "shadow",
    }
    found = Settings.from_environment(tmp_path, given)
    assert (str(found.model), str(found.release), found.stage) == ("/m", "/r.json", "shadow")
    assert (found.log.url, str(found.log.wal), str(found.log.key), found.log.own_key) == (
        "s3://log/x",
        "/w",
        "/k",
        False,
    )
    assert Settings.from_environment(tmp_path, {"WARDROUND_PREDICTIONS": "off"}).log is None
    (tmp_path / "release.json").write_text(json.dumps({}))
    assert Settings.from_environment(tmp_path, {}).release == tmp_path / "release.json"
