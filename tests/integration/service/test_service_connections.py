"""Connections of a real server: how they end with the service, and those on which no request ever comes."""

import contextlib
import json
import signal
import time

import pytest
import service_sample
from served import ask, raw, serving, until

HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    made = service_sample.make(
        tmp_path_factory.mktemp("impatient") / "project", params={"serve": {"body_seconds": 1.5}}
    )
    return made.root


def open_still(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1000) != b""
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False


def test_before_it_ends_it_says_so_and_keeps_no_connection(impatient, bodies, place):
    with serving(impatient, place) as running, contextlib.closing(running.connection()) as kept:
        assert ask(kept, "POST", "/predict", bodies[0])[0] == 200
        running.process.send_signal(signal.SIGTERM)
        until(lambda: running.ask("GET", "/readyz")[0] == 503)
        assert running.ask("GET", "/livez")[0] == 200
        kept.request("POST", "/predict", json.dumps(bodies[0]), {"Content-Type": "application/json"})
        answer = kept.getresponse()
        assert (answer.status, answer.headers["Connection"]) == (200, "close")
        answer.read()
        begun = time.monotonic()
        assert running.process.wait(30) == 0
        assert time.monotonic() - begun < 5
    assert len(place.ids()) == 2


def test_a_second_signal_ends_it_at_once(impatient, place):
    with serving(impatient, place) as running, raw(running):
        running.process.send_signal(signal.SIGTERM)
        until(lambda: running.ask("GET", "/readyz")[0] == 503)
        begun = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(30) == 0
        assert time.monotonic() - begun < 2


def test_heads_that_never_end_are_closed(impatient, bodies, place):
    with serving(impatient, place) as running, contextlib.ExitStack() as stack:
        kept = stack.enter_context(contextlib.closing(running.connection()))
        assert ask(kept, "POST", "/predict", bodies[0])[0] == 200
        halves = [stack.enter_context(raw(running)) for _ in range(300)]
        for number, connection in enumerate(halves):
            if number % 3:  # the others say nothing at all
                connection.sendall(HEAD)
        # one that goes on, letter by letter, is no better
        for _ in range(6):
            halves[1].sendall(b"x")
            time.sleep(0.1)
        assert all(open_still(connection) for connection in halves)
        until(lambda: not any(open_still(connection) for connection in halves), 10)
        assert ask(kept, "POST", "/predict", bodies[0])[0] == 200


def test_a_half_head_after_an_answer_is_closed_too(impatient, place):
    with serving(impatient, place) as running, raw(running) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
        connection.sendall(HEAD)
        time.sleep(0.5)
        assert open_still(connection)
        until(lambda: not open_still(connection), 10)
