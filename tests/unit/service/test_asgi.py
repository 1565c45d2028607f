"""Routes, methods, limits and time: what is beyond them is told by status, and nothing is read that need not be."""

import asyncio
import dataclasses
import json
import shutil

import pytest
from service_sample import Asker, item, make

from wardround.service import Settings, application

LIMITS = {"serve": {"max_encounters": 3, "max_history": 2, "max_body_bytes": 20_000, "max_held_bytes": 30_000}}


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    project = make(
        tmp_path_factory.mktemp("narrow") / "project",
        params={**LIMITS, "serve": {**LIMITS["serve"], "body_seconds": 0.3, "max_requests": 2}},
    )
    made = application(Settings(project=project.root, model=project.layout.model))
    made.start()
    yield Asker(made)
    made.stop()


@pytest.mark.parametrize("path", ["/model", "/livez", "/readyz", "/metrics", "/openapi.json"])
def test_get_and_head_alone(service, path):
    answer = service.get(path)
    assert answer.status == 200
    assert service.get(path, "HEAD").content == b""
    wrong = service.get(path, "DELETE")
    assert (wrong.status, wrong.headers["allow"]) == (405, "GET, HEAD")
    assert wrong.json["error"]["problems"] == [{"field": "", "wanted": "GET"}]


@pytest.mark.parametrize("path", ["/predict", "/explain"])
def test_post_alone(service, path):
    answer = service.get(path)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/", "/predict/", "/Predict", "/../model", "/predict%20", "/Anna-Muster"])
def test_other_paths(service, path):
    answer = service.get(path)
    assert answer.status == 404
    assert "Anna" not in answer.content.decode()


def test_other_content(service, golden):
    body = json.dumps(item(golden[0])).encode()
    for headers in ((("content-type", "text/plain"),), (("content-encoding", "gzip"),)):
        assert service.post("/predict", body, headers).status == 415
    for kind in ("application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"', "application/json; profile=x"):
        assert service.post("/predict", body, (("content-type", kind),)).status == 200
    for kind in ("application/json; charset=utf-16", "application/json;charset=latin-1"):
        assert service.post("/predict", body, (("content-type", kind),)).status == 415


def test_before_it_is_started(settings, golden):
    asker = Asker(application(settings))
    assert asker.post("/predict", item(golden[0])).status == 503
    assert asker.get("/livez").status == 200
    assert asker.get("/readyz").status == 503
    assert asker.get("/model").status == 503


def test_a_declared_length_beyond_the_limit_is_not_read(narrow):
    answer = narrow.post("/predict", b"", (("content-length", "20001"),), pieces=[])
    assert (answer.status, answer.headers["connection"]) == (413, "close")


def test_pieces_are_counted_while_they_come(narrow):
    answer = narrow.post("/predict", b"", pieces=[b" " * 8000] * 1000)
    assert answer.status == 413
    assert "20000 bytes" in answer.json["error"]["problems"][0]["wanted"]


def test_too_many_encounters_and_too_much_history(narrow, golden):
    one = item(golden[0])
    assert narrow.post("/predict", {"encounters": [{"encounter": one["encounter"]}] * 3}).status == 200
    answer = narrow.post("/predict", {"encounters": [{"encounter": one["encounter"]}] * 4})
    assert answer.status == 413
    assert answer.json["error"]["problems"] == [{"field": "encounters", "wanted": "at most 3 in one request"}]
    history = [{**one["encounter"], "visit": f"x{number}"} for number in range(3)]
    answer = narrow.post("/predict", {"encounter": one["encounter"], "history": history})
    assert answer.status == 422
    assert answer.json["error"]["problems"] == [{"field": "history", "wanted": "at most 2 earlier encounters"}]


def test_a_body_that_does_not_come_in_time(narrow):
    answer = narrow.post("/predict", b"", pieces=[b"{", 1.0, b"}"])
    assert (answer.status, answer.headers["connection"]) == (408, "close")


def test_more_requests_and_bytes_than_are_held_at_once(narrow, golden):
    body = json.dumps({"encounter": golden[0]["encounter"]}).encode()

    async def many():
        slow = [narrow.send("POST", "/predict", pieces=[body, 0.1]) for _ in range(4)]
        return await asyncio.gather(*slow)

    answers = asyncio.run(many())
    assert sorted(one.status for one in answers) == [200, 200, 503, 503]
    assert {one.headers["retry-after"] for one in answers if one.status == 503} == {"1"}

    async def large():
        wide = [narrow.send("POST", "/predict", pieces=[b" " * 18_000, 0.1]) for _ in range(2)]
        return await asyncio.gather(*wide)

    assert sorted(one.status for one in asyncio.run(large())) == [400, 503]
    # all of it was given back
    assert narrow.post("/predict", body).status == 200
    text = narrow.get("/metrics").content.decode()
    assert "wardround_requests_under_way 0\n" in text
    assert "wardround_bytes_held 0\n" in text


def test_a_client_that_goes_away_is_nobodys_error(narrow):
    sent = []

    async def leave():
        async def receive():
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/predict", "headers": []}
        await narrow.application(scope, receive, send)

    asyncio.run(leave())
    assert sent == []


def test_a_websocket_is_closed_before_it_opens(narrow):
    sent = []

    async def ask():
        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            sent.append(message)

        await narrow.application({"type": "websocket", "path": "/predict", "headers": []}, receive, send)

    asyncio.run(ask())
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_a_mistake_of_the_service_shows_nothing(service, golden, monkeypatch, caplog):
    engine = service.application._running.engine

    def broken(_):
        raise RuntimeError("Anna Muster")

    monkeypatch.setattr(type(engine), "steps", lambda *_: broken(None))
    answer = service.post("/predict", item(golden[0]))
    assert answer.status == 500
    assert "Anna" not in answer.content.decode() + caplog.text
    assert "RuntimeError" in caplog.text


def test_lifespan_starts_and_stops(settings, golden):
    made = application(settings)
    sent = []

    async def live():
        coming, started = asyncio.Queue(), asyncio.Event()

        async def send(message):
            sent.append(message["type"])
            started.set()

        running = asyncio.create_task(made({"type": "lifespan"}, coming.get, send))
        await coming.put({"type": "lifespan.startup"})
        await started.wait()
        assert made.ready
        await coming.put({"type": "lifespan.shutdown"})
        await running

    asyncio.run(live())
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert not made.ready


def test_metrics_count_by_route_and_status(service, golden):
    service.post("/predict", item(golden[0]))
    service.post("/predict", b"{")
    service.get("/Anna-Muster")
    text = service.get("/metrics").content.decode()
    assert 'wardround_requests_total{route="/predict",status="200"} 1\n' in text
    assert 'wardround_requests_total{route="/predict",status="400"} 1\n' in text
    assert 'wardround_requests_total{route="other",status="404"} 1\n' in text
    assert "wardround_predictions_total 1\n" in text
    assert "Anna" not in text
    assert 'wardround_request_seconds_bucket{le="+Inf"} 3\n' in text


def test_metrics_are_what_prometheus_reads(service):
    from prometheus_client.parser import text_string_to_metric_families

    families = {
        family.name: family for family in text_string_to_metric_families(service.get("/metrics").content.decode())
    }
    assert families["wardround_log_available"].samples[0].value == 1
    assert families["wardround_feature_seconds"].type == "histogram"


def test_a_card_is_shown_where_the_release_took_one_along(service, settings, tmp_path):
    assert service.get("/card").status == 404
    assert "link" not in service.get("/model").headers
    place = tmp_path / "released"
    shutil.copytree(settings.project, place)
    (place / "cards").mkdir()
    (place / "cards" / "model.html").write_text("<!doctype html><title>A card</title>", encoding="utf-8")
    made = application(dataclasses.replace(settings, project=place, log=None))
    made.start()
    try:
        asker = Asker(made)
        answer = asker.get("/card")
        assert (answer.status, answer.content) == (200, b"<!doctype html><title>A card</title>")
        assert answer.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert asker.get("/model").headers["link"].startswith("<card>;")
    finally:
        made.stop()
