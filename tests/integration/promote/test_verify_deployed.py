"""`wardround verify-deployed` against services that are what they should be, and others."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import pytest
import ward as rig
from ward import NAME, digest

from wardround.errors import EnvironmentFailure, GateRefusal, UsageError
from wardround.flows.release import keeping
from wardround.flows.verify_deployed import VerifyRequest, verify_deployed


@dataclass
class Service:
    """Answers as a service of that version does. ``change`` makes another answer of it: path and answer in, status and answer out."""

    said: dict[str, Any]
    known: list[dict[str, Any]]
    change: Callable[[str, Any], tuple[int, Any]] = lambda _path, answer: (200, answer)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    url: str = ""

    def __enter__(self) -> Self:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer({**service.said})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                service.asked.append((self.headers.get("Wardround-Probe", ""), body))
                ages = [item["encounter"]["age"] for item in body["encounters"]]
                given = [{"id": str(age), "probability": service.known[age]["probability"]} for age in ages]
                self._answer({"predictions": given})

            def _answer(self, answer: Any) -> None:
                status, answer = service.change(self.path, answer)
                content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    with rig.opened(tmp_path_factory.mktemp("live")) as made:
        made.release("v1.0.0")
        made.goes_live("v1.0.0", "staging")
        yield made


def request(live, url, **how) -> VerifyRequest:
    store = lambda: keeping.store(live.clone, "storage", NAME)  # noqa: E731 - as the command gives it
    return VerifyRequest(
        **{"url": url, "stage": "staging", "state": live.state(), "store": store, "timeout": 5.0, **how}
    )


@pytest.fixture
def service(live):
    record = live.state().version("v1.0.0").record
    said = {"version": "v1.0.0", "stage": "staging", "manifest": digest("the manifest of v1.0.0")}
    said |= record.model_dump(include={"commit", "model", "service", "contract", "environment"})
    with Service(said, rig.known("v1.0.0")) as running:
        yield running


def test_the_right_one(live, service):
    done = verify_deployed(request(live, service.url))
    assert (done.version, done.tag, done.times, done.encounters, done.difference) == (
        "v1.0.0",
        "readmission#staging#1",
        5,
        45,
        0.0,
    )
    assert set(done.said) == {"version", "commit", "model", "service", "contract", "environment", "stage"}
    assert {probe for probe, _ in service.asked} == {"verify-deployed"}, (
        "the log shall know that nobody was treated by it"
    )
    assert max(len(body["encounters"]) for _, body in service.asked) <= 20


@pytest.mark.parametrize("key", ["version", "commit", "model", "service", "contract", "environment", "stage"])
def test_another_digest(live, service, key):
    service.said[key] = digest("another")
    with pytest.raises(GateRefusal, match=f"the service runs another {key} than readmission#staging#1 says"):
        verify_deployed(request(live, service.url))


@pytest.mark.parametrize("key", ["version", "commit", "model"])
def test_one_that_does_not_say(live, service, key):
    del service.said[key]
    with pytest.raises(GateRefusal, match=f"another {key}"):
        verify_deployed(request(live, service.url))


def test_one_of_several_replicas_is_another(live, service):
    turn = iter(range(100))
    service.change = lambda path, answer: (
        200,
        {**answer, "version": "v0.9.0"} if path == "/model" and next(turn) == 3 else answer,
    )
    with pytest.raises(GateRefusal, match="another version"):
        verify_deployed(request(live, service.url))


def test_one_that_says_the_right_things_and_answers_others(live, service):
    service.known[7]["probability"] += 1e-6
    with pytest.raises(GateRefusal, match="does not answer known encounters as its release did"):
        verify_deployed(request(live, service.url))
    assert verify_deployed(request(live, service.url, golden=False)).encounters == 0


@pytest.mark.parametrize(
    "wrong",
    [
        lambda answer: {"predictions": answer["predictions"][:-1]},
        lambda answer: {"predictions": [{**one, "probability": None} for one in answer["predictions"]]},
        lambda answer: {"predictions": [{**one, "probability": True} for one in answer["predictions"]]},
        lambda answer: {"predictions": [{**one, "probability": float("nan")} for one in answer["predictions"]]},
        lambda answer: {"predictions": {str(one): 1 for one in range(len(answer["predictions"]))}},
        lambda _answer: b"<html>",
    ],
)
def test_answers_that_are_none(live, service, wrong):
    service.change = lambda path, answer: (200, wrong(answer) if path == "/predict" else answer)
    with pytest.raises(GateRefusal):
        verify_deployed(request(live, service.url))


def test_another_model_is_loaded(live, service):
    service.said["manifest"] = digest("the manifest of v0.9.0")
    with pytest.raises(GateRefusal, match="has loaded another model than was released"):
        verify_deployed(request(live, service.url))


@pytest.mark.parametrize("answer", [(404, {}), (200, b"<html>"), (200, []), (500, {})])
def test_no_service_of_ours(live, service, answer):
    service.change = lambda *_: answer
    with pytest.raises(GateRefusal, match="no service of Wardround"):
        verify_deployed(request(live, service.url))


def test_nothing_answers(live):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(EnvironmentFailure, match="the service does not answer"):
            verify_deployed(request(live, f"http://127.0.0.1:{free.getsockname()[1]}"))


def test_a_service_that_is_full(live, service):
    service.change = lambda path, answer: (503 if path == "/predict" else 200, answer)
    with pytest.raises(EnvironmentFailure, match="cannot take requests now"):
        verify_deployed(request(live, service.url))


def test_a_store_that_cannot_be_read_is_said(live, service):
    def gone():
        raise EnvironmentFailure("the remote does not answer")

    done = verify_deployed(request(live, service.url, store=gone))
    assert (done.encounters, done.note) == (0, "the release could not be read: the remote does not answer")


def test_an_empty_stage(live, service):
    with pytest.raises(GateRefusal, match="no version is in this stage"):
        verify_deployed(request(live, service.url, stage="prod"))


@pytest.mark.parametrize("url", ["ftp://x", "http://", "x", "http://a:b@h/", "http://h/?q", "file:///etc/passwd"])
def test_addresses(live, url):
    with pytest.raises(UsageError, match="this is no address of a service"):
        verify_deployed(request(live, url))
