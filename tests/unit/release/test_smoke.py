"""The smoke test against real HTTP servers, one right and others each wrong in one way: what is wrong is found, and nothing else."""

import json
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from wardround.errors import GateRefusal
from wardround.release import smoke

GOLDEN = [
    {"encounter": {"id": "a", "age": 50}, "history": [], "probability": 0.25},
    {"encounter": {"id": "b", "age": None}, "history": [{"id": "z", "age": 49}], "probability": 0.5},
]
VERSION, COMMIT = "v1.0.0", "c" * 40


class Answers(BaseHTTPRequestHandler):
    """A service that answers rightly; tests override one answer."""

    def log_message(self, *_args):
        pass

    def send(self, status, body):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self):
        if self.path == "/readyz":
            self.ready()
        elif self.path == "/model":
            self.send(200, self.model())
        else:
            self.send(405, {"error": {}})

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        try:
            encounters = json.loads(text, parse_constant=lambda _: None)["encounters"]
            right = [item["encounter"] for item in encounters]
            wrong = any(set(one) != {"id", "age"} or not isinstance(one["age"], int | None) for one in right)
        except (ValueError, KeyError, TypeError):
            wrong = True
        if wrong or "Infinity" in text:
            self.refuse(text)
        else:
            self.predict(right)

    def ready(self):
        self.send(200, {})

    def model(self):
        return {"version": VERSION, "commit": COMMIT}

    def refuse(self, _text):
        self.send(422, {"error": {"problems": []}})

    def predict(self, encounters):
        known = {item["encounter"]["id"]: item["probability"] for item in GOLDEN}
        self.send(200, {"predictions": [{"probability": known[one["id"]]} for one in encounters]})


class Served:
    """Runs on a free port; the client runs beside it."""

    engine = "none"
    guarded = ()
    stopped = 0.1

    def __init__(self, handler):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def client(self, source, plan):
        return subprocess.run(
            [sys.executable, "-I", str(source)], input=plan, capture_output=True, text=True, timeout=120, check=True
        ).stdout

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        return self.stopped

    def words(self):
        return "its last words"


def run(handler, **changes):
    served = Served(handler)
    for name in ("guarded", "stopped"):
        if name in changes:
            setattr(served, name, changes.pop(name))
    request = smoke.SmokeRequest("x", VERSION, COMMIT, "sha256:b", GOLDEN, 1e-9, changes.pop("latency_ms", 2000.0))
    return smoke.smoke(request, served)


def test_a_right_service_passes_and_the_evidence_says_how_it_ran():
    import os

    seen = run(Answers)
    assert (seen.encounters, seen.difference, seen.limit) == (2, 0.0, 1e-9)
    assert seen.latency.requests == smoke.TIMED
    assert 0 < seen.latency.p50 <= seen.latency.p95 <= seen.latency.most
    assert {item.status for item in seen.broken} == {405, 422}
    assert len(seen.broken) == 8
    assert (seen.user, seen.read_only, seen.stopped_seconds) == (os.getuid(), False, 0.1)
    assert seen.network == ("none" if not _interfaces() else "host")


def _interfaces():
    lines = Path("/proc/net/dev").read_text(encoding="ascii").splitlines()[2:]
    return [line for line in lines if not line.strip().startswith("lo:")]


class Another(Answers):
    def predict(self, encounters):
        self.send(200, {"predictions": [{"probability": 0.25 + 1e-6} for _ in encounters]})


class Swapped(Answers):
    """Right alone, in the wrong order together."""

    def predict(self, encounters):
        known = {item["encounter"]["id"]: item["probability"] for item in GOLDEN}
        self.send(200, {"predictions": [{"probability": known[one["id"]]} for one in reversed(encounters)]})


class Words(Answers):
    def predict(self, encounters):
        self.send(200, {"predictions": [{"probability": "0.25"} for _ in encounters]})


class Fewer(Answers):
    def predict(self, _encounters):
        self.send(200, {"predictions": []})


class Nan(Answers):
    def predict(self, encounters):
        self.send(200, b'{"predictions": [' + b",".join([b'{"probability": NaN}'] * len(encounters)) + b"]}")


class Fails(Answers):
    def predict(self, _encounters):
        self.send(500, {"error": {}})


class Tolerant(Answers):
    def refuse(self, _text):
        self.send(200, {"predictions": [{"probability": 0.5}]})


class Unclear(Answers):
    def refuse(self, _text):
        self.send(400, b"Bad Request")


class Breaks(Answers):
    def refuse(self, _text):
        self.send(500, {"error": {}})


class Echoes(Answers):
    def refuse(self, text):
        self.send(422, {"error": {"found": text}})


class Older(Answers):
    def model(self):
        return {"version": "v0.9.0", "commit": COMMIT}


class OtherCommit(Answers):
    def model(self):
        return {"version": VERSION, "commit": "d" * 40}


class Silent(Answers):
    def model(self):
        return []


class Slow(Answers):
    def predict(self, encounters):
        time.sleep(0.02)
        super().predict(encounters)


NO_MODEL = "does not answer golden encounters as the model does"
WRONG = {
    "another probability": (Another, {}, {NO_MODEL}),
    "answers in another order": (Swapped, {}, {NO_MODEL}),
    "probabilities that are text": (Words, {}, {NO_MODEL}),
    "no answers": (Fewer, {}, {NO_MODEL}),
    "no number": (Nan, {}, {NO_MODEL}),
    "errors": (Fails, {}, {NO_MODEL, "a request was not answered"}),
    "it answers what is broken": (Tolerant, {}, {"was not refused clearly"}),
    "a refusal without JSON": (Unclear, {}, {"was not refused clearly"}),
    "it breaks on what is broken": (Breaks, {}, {"was not refused clearly"}),
    "it echoes": (Echoes, {}, {"echoes what was sent"}),
    "an older version": (Older, {}, {"does not say which version"}),
    "another commit": (OtherCommit, {}, {"does not say which version"}),
    "no version": (Silent, {}, {"does not say which version"}),
    "too slow": (Slow, {"latency_ms": 10.0}, {"is too slow"}),
    "it does not end": (Answers, {"stopped": -1.0}, {"did not end"}),
}


@pytest.mark.parametrize(("handler", "changes", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_found_and_nothing_else(handler, changes, said):
    with pytest.raises(GateRefusal) as refused:
        run(handler, **changes)
    found = {problem.what for problem in refused.value.problems}
    assert all(any(words in what for what in found) for words in said), found
    assert all(any(words in what for words in said) for what in found), found


def test_in_a_container_it_may_neither_be_root_nor_write(tmp_path):
    import os

    with pytest.raises(GateRefusal) as refused:
        run(Answers, guarded=(str(tmp_path), "/nowhere"))
    found = {problem.what: problem.found for problem in refused.value.problems}
    assert found["the service can write into its image"] == str(tmp_path)
    assert ("the service runs as root in its container" in found) == (os.getuid() == 0)
    assert list(tmp_path.iterdir()) == [], "the probe leaves nothing"


def test_a_service_that_is_never_ready_is_refused_with_its_last_words(monkeypatch):
    class Never(Answers):
        def ready(self):
            self.send(503, {})

    monkeypatch.setattr(smoke, "READY_SECONDS", 0.5)
    with pytest.raises(GateRefusal) as refused:
        run(Never)
    (problem,) = refused.value.problems
    assert problem.what == "the service was not ready in time"
    assert problem.found == "its last words"


def test_the_service_is_ended_also_when_the_client_fails():
    ended = []

    class Broken(Served):
        def client(self, _source, _plan):
            raise RuntimeError

        def stop(self):
            ended.append(True)
            return super().stop()

    request = smoke.SmokeRequest("x", VERSION, COMMIT, "sha256:b", GOLDEN, 1e-9, 100.0)
    with pytest.raises(RuntimeError):
        smoke.smoke(request, Broken(Answers))
    assert ended == [True]
