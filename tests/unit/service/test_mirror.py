"""The shadow gets what was asked, in order and once; nothing that happens to it reaches who asked."""

import json
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import service_sample

from wardround.errors import UsageError
from wardround.service import application, mirror
from wardround.service.mirror import Mirror


class Candidate(ThreadingHTTPServer):
    """A server that keeps what it was asked. ``may`` is cleared to hold answers back; ``status`` is what it answers."""

    daemon_threads = True

    def __init__(self):
        self.got, self.may, self.status = [], threading.Event(), 200
        self.may.set()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, self.headers.get("X-Request-ID"), body))
        self.server.may.wait(20)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_args):
        pass


@pytest.fixture
def candidate():
    server = Candidate()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.may.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def shadow(candidate):
    made = Mirror(f"{candidate.url}/below/")
    yield made
    made.close()


def until(true, seconds=20.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_everything_arrives_once_and_in_order(shadow, candidate):
    for number in range(200):
        shadow.put(f"{number}".encode(), "request-1" if number == 7 else "")
    until(lambda: shadow.sent == 200)
    assert [body for _, _, body in candidate.got] == [f"{number}".encode() for number in range(200)]
    assert {path for path, _, _ in candidate.got} == {"/below/predict"}
    assert [name for _, name, _ in candidate.got if name] == ["request-1"]
    assert (shadow.failed, shadow.left_out) == (0, 0)


def test_a_candidate_that_hangs_holds_nobody_and_a_bounded_amount(shadow, candidate, monkeypatch):
    monkeypatch.setattr(mirror, "MOST", 5)
    candidate.may.clear()
    shadow.put(b"first", "")
    until(lambda: candidate.got)
    begun = time.monotonic()
    for number in range(50):
        shadow.put(b"%d" % number, "")
    assert time.monotonic() - begun < 1
    assert shadow.left_out == 45
    candidate.may.set()
    until(lambda: shadow.sent == 6)


def test_bytes_that_wait_are_bounded_too(shadow, candidate, monkeypatch):
    monkeypatch.setattr(mirror, "MOST_BYTES", 100)
    candidate.may.clear()
    shadow.put(b"first", "")
    until(lambda: candidate.got)
    for _ in range(5):
        shadow.put(b"x" * 40, "")
    assert shadow.left_out == 3
    candidate.may.set()
    until(lambda: shadow.sent == 3)


def test_a_candidate_that_refuses_or_is_away_is_counted_and_asked_again(shadow, candidate):
    candidate.status = 503
    shadow.put(b"a", "")
    until(lambda: shadow.failed == 1)
    candidate.status = 200
    shadow.put(b"b", "")
    until(lambda: shadow.sent == 1)
    gone = Mirror("http://127.0.0.1:9")
    gone.put(b"c", "")
    until(lambda: gone.failed == 1)
    gone.close()


def test_the_end_does_not_wait_for_what_waits(candidate):
    candidate.may.clear()
    made = Mirror(candidate.url)
    for _ in range(4):
        made.put(b"a", "")
    until(lambda: candidate.got)
    begun = time.monotonic()
    made.close()
    assert time.monotonic() - begun < mirror.END + 1
    assert made.left_out == 3
    made.put(b"a", "")
    assert made.left_out == 4


@pytest.mark.parametrize(
    "url", ["", "ftp://a", "http://", "http://a:b@c", "http://a?b", "http://a#b", "http://a:port", "http://[", "a:1"]
)
def test_addresses_that_are_none(url):
    with pytest.raises(UsageError, match="shadow"):
        Mirror(url)


def test_answers_are_mirrored_and_refusals_and_probes_are_not(settings, golden, candidate):
    made = application(replace(settings, shadow=candidate.url))
    made.start()
    try:
        asker = service_sample.Asker(made)
        body = {"encounters": [{"encounter": golden[0]["encounter"], "history": golden[0]["history"]}]}
        good = asker.post("/predict", body, [("x-request-id", "the-request-1")])
        assert good.status == 200
        until(lambda: candidate.got)
        ((path, name, sent),) = candidate.got
        assert (path, name, json.loads(sent)) == ("/predict", "the-request-1", body)
        assert asker.post("/predict", {"encounters": 5}).status == 422
        assert asker.post("/predict", body, [("wardround-probe", "1")]).status == 200
        candidate.status = 500
        assert asker.post("/predict", body).status == 200
        until(lambda: len(candidate.got) == 2)
        until(lambda: "wardround_shadow_failed_total 1" in asker.get("/metrics").content.decode())
    finally:
        made.stop()
