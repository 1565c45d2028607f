"""The smoke test: golden encounters must be answered as the model answers, broken requests refused, and all of it in time."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from wardround.errors import GateRefusal, Problem
from wardround.evidence.smoke import BrokenRequest, Latency, SmokeEvidence

#: The way of the client: inside a container, its text is handed to that container's Python.
CLIENT = Path(__file__).with_name("smoke_client.py")
#: How long a service may take to be ready, in seconds; how many requests are timed. Project choice.
READY_SECONDS = 120.0
TIMED = 100
#: A value that is in no patient's record; an answer that holds it has echoed a request.
CANARY = "canary-5f2e"


class Running(Protocol):
    """A service that runs. ``port`` is where it listens, on the loopback of wherever the client is run."""

    engine: str
    port: int
    #: Directories in which the service must not be able to write, where the engine can see to that; none where it cannot.
    guarded: tuple[str, ...]

    def client(self, source: Path, plan: str) -> str:
        """Runs the client beside the service and returns what it printed."""
        ...

    def stop(self) -> float:
        """Ends the service as an orchestrator does, and returns how long that took, in seconds."""
        ...

    def words(self) -> str:
        """The last of what the service said."""
        ...


@dataclass(frozen=True)
class SmokeRequest:
    """What is tested: names and digests for the evidence, ``golden.json``'s encounters, and what is allowed.

    ``limit`` is the largest accepted ``|Δp|``; ``latency_ms`` the largest accepted 95th percentile.
    """

    project: str
    version: str
    commit: str
    bento: str
    golden: Sequence[Mapping[str, Any]]
    limit: float
    latency_ms: float


def smoke(request: SmokeRequest, running: Running) -> SmokeEvidence:
    """Asks the running service, stops it, and gives the evidence. :class:`GateRefusal` lists everything that is wrong."""
    plan = json.dumps(_plan(request, running))
    try:
        said = json.loads(running.client(CLIENT, plan))
    finally:
        stopped = running.stop()
    problems = list(_problems(request, said, running, stopped))
    if problems:
        raise GateRefusal(problems=problems)
    times = sorted(said["milliseconds"])
    answers = {item["name"]: item for item in said["answers"]}
    return SmokeEvidence(
        project=request.project,
        version=request.version,
        commit=request.commit,
        bento=request.bento,
        image=None,  # what is tested is not pushed yet
        engine=running.engine,
        network="host" if said["interfaces"] else "none",
        user=said["user"],
        read_only=bool(running.guarded) and not said["writable"],
        ready_seconds=round(said["ready_seconds"], 3),
        encounters=len(request.golden),
        difference=max(_differences(request, answers), default=0.0),
        limit=request.limit,
        broken=tuple(BrokenRequest(name=name, status=answers[name]["status"]) for name, *_ in _broken(request)),
        latency=Latency(
            requests=len(times),
            p50=round(times[len(times) // 2], 3),
            p95=round(times[int(len(times) * 0.95)], 3),
            most=round(times[-1], 3),
        ),
        stopped_seconds=round(stopped, 3),
    )


def _plan(request: SmokeRequest, running: Running) -> dict[str, Any]:
    ones = [{"name": f"golden {number}", **_post([item])} for number, item in enumerate(request.golden)]
    broken = [
        {"name": name, "method": method, "path": "/predict", **({} if body is None else {"body": body})}
        for name, method, body in _broken(request)
    ]
    model = {"name": "model", "method": "GET", "path": "/model"}
    return {
        "port": running.port,
        "ready": "/readyz",
        "wait_seconds": READY_SECONDS,
        "requests": [model, *ones, {"name": "golden together", **_post(request.golden)}, *broken],
        "timed": [_post([item]) for item in request.golden],
        "times": TIMED,
        "places": list(running.guarded),
    }


def _post(items: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    encounters = [{"encounter": item["encounter"], "history": item["history"]} for item in items]
    return {"method": "POST", "path": "/predict", "body": json.dumps({"encounters": encounters})}


def _broken(request: SmokeRequest) -> Iterator[tuple[str, str, str | None]]:
    """Requests that no service may answer with a value: name, method, body."""
    whole = dict(request.golden[0]["encounter"])
    name = next((key for key, value in whole.items() if not isinstance(value, str)), next(iter(whole)))

    def body(encounter: Any) -> str:
        return json.dumps({"encounters": [{"encounter": encounter, "history": []}]})

    yield "not JSON", "POST", "{" + CANARY
    yield "a list", "POST", "[]"
    yield "no encounter", "POST", "{}"
    yield "an encounter that is text", "POST", body(CANARY)
    yield "a value of another kind", "POST", body({**whole, name: {CANARY: CANARY}})
    yield "an unknown field", "POST", body({**whole, "no_such_field": CANARY})
    yield "infinity", "POST", body({**whole, name: float("inf")})
    yield "another method", "GET", None


def _problems(request: SmokeRequest, said: Mapping[str, Any], running: Running, stopped: float) -> Iterator[Problem]:
    if said["ready_seconds"] < 0:
        yield Problem(
            "the service was not ready in time",
            wanted=f"200 from /readyz within {READY_SECONDS:.0f} s",
            found=running.words()[-600:],
            next="run it alone: python -m bentoml serve pipelines.service:Service",
        )
        return
    answers = {item["name"]: item for item in said["answers"]}
    yield from _identity_problems(request, answers["model"])
    worst = max(_differences(request, answers), default=1.0)
    if not worst <= request.limit:
        yield Problem(
            "the service does not answer golden encounters as the model does",
            where="/predict",
            wanted=f"|Δp| at most {request.limit:g} on {len(request.golden)} encounters",
            found="no probability" if worst == 1.0 else f"{worst:.3g}",
            next="the code in pipelines/service.py or in the image is not that of the model",
        )
    for name, *_ in _broken(request):
        yield from _broken_problems(name, answers[name])
    yield from _running_problems(request, said, running, stopped)


def _identity_problems(request: SmokeRequest, answer: Mapping[str, Any]) -> Iterator[Problem]:
    found = _json(answer)
    told = {key: found.get(key) for key in ("version", "commit")} if isinstance(found, dict) else {}
    if told != {"version": request.version, "commit": request.commit}:
        yield Problem(
            "the service does not say which version it is",
            where="/model",
            wanted=f"{request.version} of commit {request.commit[:10]}",
            found=f"status {answer['status']}: {str(told)[:200]}",
        )


def _broken_problems(name: str, answer: Mapping[str, Any]) -> Iterator[Problem]:
    found = _json(answer)
    clear = isinstance(found, dict) and "error" in found
    if not 400 <= answer["status"] < 500 or not clear:
        yield Problem(
            f"a broken request was not refused clearly: {name}",
            where="/predict",
            wanted='a status between 400 and 499 and JSON with "error"',
            found=f"status {answer['status']}",
        )
    if CANARY in answer["body"]:
        yield Problem(f"a refusal echoes what was sent: {name}", where="/predict", wanted="the names of fields alone")


def _running_problems(
    request: SmokeRequest, said: Mapping[str, Any], running: Running, stopped: float
) -> Iterator[Problem]:
    times = sorted(said["milliseconds"])
    if times[0] < 0:
        yield Problem(
            "a request was not answered", where="/predict", found=f"{sum(t < 0 for t in times)} of {len(times)}"
        )
    elif (p95 := times[int(len(times) * 0.95)]) > request.latency_ms:
        yield Problem(
            "the service is too slow",
            where="params.yaml: release.latency_ms",
            wanted=f"95 % of answers within {request.latency_ms:g} ms",
            found=f"{p95:.0f} ms",
        )
    if running.guarded and said["user"] == 0:
        yield Problem("the service runs as root in its container", wanted="another user", found="user 0")
    if running.guarded and said["writable"]:
        yield Problem(
            "the service can write into its image", wanted="a read-only file system", found=", ".join(said["writable"])
        )
    if stopped < 0:
        yield Problem("the service did not end when it was asked to", wanted="an end within 30 s of SIGTERM")


def _differences(request: SmokeRequest, answers: Mapping[str, Mapping[str, Any]]) -> Iterator[float]:
    """``|Δp|`` of each golden encounter, alone and together; 1 where there is no probability."""
    together = _probabilities(answers["golden together"])
    for number, item in enumerate(request.golden):
        alone = _probabilities(answers[f"golden {number}"])
        for given in (alone[0] if len(alone) == 1 else None, together[number] if number < len(together) else None):
            yield 1.0 if given is None else abs(given - float(item["probability"]))


def _probabilities(answer: Mapping[str, Any]) -> list[float | None]:
    found = _json(answer)
    listed = found.get("predictions") if isinstance(found, dict) and answer["status"] == 200 else None
    if not isinstance(listed, list):
        return []
    values = [item.get("probability") if isinstance(item, dict) else None for item in listed]
    return [value if isinstance(value, float) and math.isfinite(value) else None for value in values]


def _json(answer: Mapping[str, Any]) -> Any:
    try:
        return json.loads(answer["body"])
    except ValueError:
        return None
