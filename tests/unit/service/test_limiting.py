"""What BentoML answers itself has the limits of the mounted application, counted together with it; everything else passes untouched."""

import asyncio

import pytest
from service_sample import Asker, make

from wardround.service import Settings, application
from wardround.service.limiting import Limited

LIMITS = {"max_body_bytes": 2000, "max_held_bytes": 3000, "max_requests": 2, "body_seconds": 0.3}


async def inner(scope, receive, send):
    """In BentoML's place: sends back what it was given, piece by piece."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-inner", b"1")]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def mounted(tmp_path_factory):
    project = make(tmp_path_factory.mktemp("limited") / "project", params={"serve": LIMITS})
    made = application(Settings(project=project.root, model=project.layout.model))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def asker(mounted):
    return Asker(Limited(inner, mounted))


def test_a_body_is_read_and_handed_on_whole(asker):
    answer = asker.post("/rpc/predict", b"", pieces=[b'{"a":', b"1", b"}"])
    assert (answer.status, answer.content, answer.headers["x-inner"]) == (200, b'{"a":1}', "1")


def test_what_is_too_large_too_slow_or_of_another_kind_does_not_arrive(asker, mounted):
    assert asker.post("/rpc/predict", b"", pieces=[b" " * 900] * 3).status == 413
    assert asker.post("/rpc/predict", b"", (("content-length", "2001"),), pieces=[]).status == 413
    slow = asker.post("/rpc/predict", b"", pieces=[b"{", 1.0, b"}"])
    assert (slow.status, slow.headers["connection"]) == (408, "close")
    for kind in ("application/vnd.bentoml+pickle", "multipart/form-data; boundary=x"):
        answer = asker.post("/rpc/predict", b"{}", (("content-type", kind),))
        assert answer.status == 415
        assert "x-inner" not in answer.headers
    assert (mounted._running.gate.requests, mounted._running.gate.bytes) == (0, 0)


def test_they_count_together_with_those_of_the_mounted_one(asker, mounted):
    direct = Asker(mounted)

    async def three():
        sent = [one.send("POST", path, pieces=[b"{}", 0.1]) for one, path in ((asker, "/rpc/predict"), (direct, "/predict"), (asker, "/rpc/predict"))]  # fmt: skip
        return await asyncio.gather(*sent)

    first, second, third = asyncio.run(three())
    assert (first.status, second.status, third.status) == (200, 422, 503)
    assert third.headers["retry-after"] == "1"


def test_both_kinds_of_answer_are_counted(asker, mounted):
    def seen():
        return {status: mounted._running.metrics.requests.get(("/rpc/predict", status), 0) for status in (200, 415)}

    before = seen()
    asker.post("/rpc/predict", b"{}")
    asker.post("/rpc/predict", b"{}", (("content-type", "application/vnd.bentoml+pickle"),))
    assert seen() == {status: count + 1 for status, count in before.items()}
    asker.post("/rpc/ANYTHING", b"{}")
    assert not [route for route, _ in mounted._running.metrics.requests if "ANYTHING" in route]


def test_other_paths_pass_untouched(asker):
    answer = asker.post("/predict", b"", (("content-type", "text/plain"),), pieces=[b" " * 900] * 5)
    assert (answer.status, len(answer.content)) == (200, 4500)


def test_before_the_model_is_loaded(settings):
    assert Asker(Limited(inner, application(settings))).post("/rpc/predict", b"{}").status == 503
