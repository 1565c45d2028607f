"""The same service as a release runs it: `bentoml serve` with the repository's own `pipelines/service.py`."""

import contextlib
import gc
import json
import os
import re
import signal
import socket
import subprocess
import sys
import warnings

import pytest
import serve_page
from load import Load
from served import Place, Served, ask, until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bento(project, tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("bento"))
    port = _free_port()
    command = [sys.executable, "-m", "bentoml", "serve", "pipelines.service:Service", "--port", str(port)]
    environment = {**os.environ, **place.environment(), "PYTHONDONTWRITEBYTECODE": "1"}
    with (
        (place.root / "said").open("wb") as said,
        subprocess.Popen(
            command, cwd=project, env=environment, stderr=said, stdout=said, start_new_session=True
        ) as process,
    ):
        running = Served(process, port, [])
        running.place = place
        try:
            until(lambda: running.ask("GET", "/readyz")[0] == 200, 120)
            yield running
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(60)


def _free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_golden_encounters_and_every_route(bento, golden, bodies):
    status, told = bento.ask("POST", "/predict", {"encounters": bodies})
    assert status == 200
    assert [one["probability"] for one in told["predictions"]] == [one["probability"] for one in golden]
    assert {one["id"] for one in told["predictions"]} <= set(bento.place.ids())
    assert bento.ask("POST", "/explain", bodies[0])[0] == 200
    assert bento.ask("GET", "/model")[1]["estimator"] == "HistGradientBoostingClassifier"
    assert "/predict" in bento.ask("GET", "/openapi.json")[1]["paths"]
    assert "wardround_predictions_total" in bento.ask("GET", "/metrics")[1]
    assert bento.ask("GET", "/livez")[0] == 200
    status, told = bento.ask("POST", "/predict", {"encounter": {**bodies[0]["encounter"], "age": 3}})
    assert (status, told["error"]["problems"][0]["field"]) == (422, "encounter.age")
    assert bento.ask("GET", "/nowhere")[0] == 404


def test_bentomls_own_client_as_the_page_shows_it(bento, project, golden):
    (text,) = serve_page.programs(bento.url, project, "bentoml")
    assert text.strip() == str([one["probability"] for one in golden])


def test_bentomls_own_client(bento, golden, bodies):
    import bentoml
    from bentoml.exceptions import BentoMLException

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with bentoml.SyncHTTPClient(bento.url) as client:
            told = client.predict(encounters=bodies)
            assert [one["probability"] for one in told["predictions"]] == [one["probability"] for one in golden]
            with pytest.raises(BentoMLException, match=re.escape("encounters[0].encounter.age")):
                client.predict(encounters=[{"encounter": {**bodies[0]["encounter"], "age": 3}}])
        del client
        gc.collect()  # BentoML's client leaves its temporary directory to the collector, which warns


def test_bentomls_own_route_has_the_same_limits(bento, bodies):
    assert bento.ask("POST", "/rpc/predict", {"encounters": bodies})[0] == 200
    with socket.create_connection(("127.0.0.1", bento.port), timeout=30) as connection:
        connection.sendall(
            b"POST /rpc/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9437184\r\n\r\n"
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")
    assert bento.ask("POST", "/rpc/predict", b"x", {"Content-Type": "application/vnd.bentoml+pickle"})[0] == 415


def test_ended_under_load(bento, bodies):
    """The last test of this module: it ends the service."""
    before = set(bento.place.ids())
    load = Load(bento, bodies).start()
    until(lambda: len(load.acknowledged) > 60)
    with contextlib.closing(bento.connection()) as kept:
        assert ask(kept, "POST", "/predict", bodies[0])[0] == 200
        os.kill(bento.process.pid, signal.SIGTERM)
        until(lambda: bento.ask("GET", "/readyz")[0] == 503)
        kept.request(
            "POST", "/rpc/predict", json.dumps({"encounters": bodies[:1]}), {"Content-Type": "application/json"}
        )
        answer = kept.getresponse()
        assert (answer.status, answer.headers["Connection"]) == (200, "close")
    bento.process.wait(60)
    load.join()
    assert set(load.statuses) == {200}
    # BentoML's parent goes on listening when its worker has ended: who still connects then is reset, once
    assert load.resets <= load.clients
    found = bento.place.ids()
    assert set(load.acknowledged) <= set(found)
    assert len(found) == len(set(found)) >= len(before) + len(load.acknowledged)
    assert list(bento.place.wal.iterdir()) == []
    said = (bento.place.root / "said").read_text()
    assert json.dumps(bodies[0]["encounter"]["visit"]) not in said
