"""A real server on a real socket: answers, fuzz, sizes, slowness, many connections. No status of 500 anywhere."""

import asyncio
import json
import math
import re
import shutil
import time

import pytest
import schemathesis
import serve_page
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from served import ask, raw

from wardround.client import Client
from wardround.errors import ContractViolation

MOMENTS = st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat())
schemathesis.openapi.format("local-date-time", MOMENTS)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


#: What refuses a body here. Schemathesis' own list has no 413, with which more encounters than are allowed are refused.
CONFIG = SchemathesisConfig.from_dict(
    {"checks": {"negative_data_rejection": {"expected-statuses": ["400", "413", "415", "422"]}}}
)


def test_golden_encounters(shared, golden, bodies):
    status, told = shared.ask("POST", "/predict", {"encounters": bodies})
    assert status == 200
    assert [one["probability"] for one in told["predictions"]] == [one["probability"] for one in golden]
    assert {one["id"] for one in told["predictions"]} <= set(shared.place.ids())


def test_the_client(shared, golden):
    with Client(shared.url, chunk=2) as client:
        assert client.ready()
        told = list(client.predict((one["encounter"], one["history"]) for one in golden))
        assert [one.probability for one in told] == [one["probability"] for one in golden]
        assert told[0].model_version == client.model()["model_version"]
        explained = client.explain(golden[0]["encounter"], golden[0]["history"])
        parts = sum(part.contribution for part in explained.contributions)
        assert math.isclose(explained.base + parts, explained.raw)
        with pytest.raises(ContractViolation, match=r"encounter\.age"):
            client.predict_one({**golden[0]["encounter"], "age": 5})


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_commands_of_the_page(shared, bodies, golden, tmp_path):
    plain, named, explained, model = serve_page.commands(shared.url, tmp_path, bodies[0])
    assert plain["predictions"][0]["probability"] == golden[0]["probability"] == explained["probability"]
    assert model["model_version"] == plain["model_version"]
    assert serve_page.commands(shared.url, tmp_path, bodies[0])[1] == named


def test_the_program_of_the_page(shared, project, golden):
    (text,) = serve_page.programs(shared.url, project, "wardround.client")
    assert text.count("\n") == 1 + len(golden) + 3
    assert str(golden[0]["probability"]) in text


ASKED = [(path, mode) for path in ("/predict", "/explain") for mode in GenerationMode]
TOLD = [(path, GenerationMode.POSITIVE) for path in ("/model", "/livez", "/readyz", "/metrics")]


@pytest.mark.parametrize(("path", "mode"), ASKED + TOLD)
def test_fuzz_by_its_own_description(shared, path, mode):
    schema = schemathesis.openapi.from_url(f"{shared.url}/openapi.json", config=CONFIG)
    (operation,) = [found.ok() for found in schema.get_all_operations() if found.ok().path == path]

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def fuzz(case):
        case.call_and_validate(checks=CHECKS)

    fuzz()


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
NAMES = st.sampled_from(["visit", "patient", "at", "left", "age", "sex", "code", "smoker", "lab"])


@settings(max_examples=80, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(NAMES, JSON, max_size=4), gone=st.sets(NAMES, max_size=2), data=st.data())
def test_values_of_every_kind(shared, golden, changes, gone, data):
    encounter = {**golden[0]["encounter"], **changes}
    body = {"encounter": {key: value for key, value in encounter.items() if key not in gone}, "history": []}
    status, told = shared.ask("POST", "/predict", json.dumps(body).encode())
    assert status in {200, 422}, told
    if status == 200:
        assert 0 < told["predictions"][0]["probability"] < 1
    else:
        fields = {problem["field"] for problem in told["error"]["problems"]}
        assert all(re.fullmatch(r"(encounter(\.[a-z]+)?)", field) for field in fields), fields


@settings(max_examples=80, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()))
def test_bodies_of_every_kind(shared, body):
    status, told = shared.ask("POST", "/predict", body)
    assert status in {400, 422}
    assert "error" in told


def test_a_body_of_a_gigabyte_takes_no_memory(shared):
    """Streamed without a length, so that the service has to count; one with a length is not read at all."""
    before = shared.most_memory()
    with raw(shared) as connection:
        connection.sendall(
            b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        piece = b"100000\r\n" + b"0" * (1 << 20) + b"\r\n"
        sent = 0
        try:
            while sent < 1 << 30:
                connection.sendall(piece)
                sent += 1 << 20
        except OSError:
            pass  # it hung up
        answer = connection.recv(1000)
    assert sent < 1 << 29, "it read far more than its limit"
    assert answer.startswith(b"HTTP/1.1 413 ")
    with raw(shared) as connection:
        connection.sendall(
            b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n"
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")
    assert shared.most_memory() - before < 100 << 20
    assert shared.ask("GET", "/readyz")[0] == 200


def test_many_bodies_that_never_end_are_held_within_the_limit(shared, bodies):
    """Each sends almost all of the largest body and waits; others are answered meanwhile."""
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (
        8 << 20
    )
    waiting = []
    try:
        for _ in range(4):
            connection = raw(shared)
            waiting.append(connection)
            connection.sendall(head + b" " * (7 << 20))
        started = time.monotonic()
        assert shared.ask("POST", "/predict", bodies[0])[0] == 200
        assert time.monotonic() - started < 5
        answers = [connection.recv(1000) for connection in waiting]
        assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers), answers
        assert time.monotonic() - started < 20
    finally:
        for connection in waiting:
            connection.close()
    assert "wardround_bytes_held 0\n" in shared.ask("GET", "/metrics")[1]


def test_a_client_that_leaves_in_between(shared, bodies):
    content = json.dumps(bodies[0]).encode()
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    for cut in (0, 10, len(content)):
        with raw(shared) as connection:
            connection.sendall(head % len(content) + content[:cut])
    assert shared.ask("POST", "/predict", bodies[0])[0] == 200


@pytest.mark.parametrize(
    "text",
    [
        b"GET /model HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /model HTTP/1.1\r\n" + b"X: " + b"a" * 200_000,
        (
            b"GET /predict HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ),
    ],
)
def test_what_is_no_http(shared, text):
    with raw(shared) as connection:
        connection.settimeout(20)
        try:
            connection.sendall(text)
            answer = connection.recv(1000)
        except OSError:
            answer = b""
        assert not answer or answer.split(b" ")[1][:1] == b"4", answer
    assert shared.ask("GET", "/livez")[0] == 200


def test_two_thousand_connections_at_once(shared, bodies):
    content = json.dumps(bodies[0]).encode()
    text = (
        b"POST /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % len(content)
    ) + content
    before = shared.most_memory()

    async def one(together):
        reader, writer = await asyncio.open_connection("127.0.0.1", shared.port)
        await together.wait()
        writer.write(text)
        answer = await reader.read()
        writer.close()
        return int(answer.split(b" ")[1])

    async def all_of_them():
        together = asyncio.Event()
        tasks = [asyncio.create_task(one(together)) for _ in range(2000)]
        await asyncio.sleep(1)
        together.set()
        return await asyncio.gather(*tasks)

    statuses = asyncio.run(all_of_them())
    assert set(statuses) <= {200, 503}
    assert statuses.count(200) > 1900
    assert shared.most_memory() - before < 300 << 20


def test_kept_connections_answer_many_times(shared, bodies):
    connection = shared.connection()
    told = {ask(connection, "POST", "/predict", bodies[0])[1]["predictions"][0]["probability"] for _ in range(20)}
    connection.close()
    assert len(told) == 1
