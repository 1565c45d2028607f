"""The servers of the HTTP benchmark: each a process of its own on a free port of this machine, ended in any case."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import serving
from loading import request

from wardround.project.layout import Project
from wardround.service.engine import Engine

PACKAGES = {
    "mlserver": ["mlserver==1.7.1", "mlserver-sklearn==1.7.1"],
    "mlflow": ["mlflow==3.17.2"],
}
EMPTY = """from typing import Any

import bentoml


@bentoml.service
class Empty:
    @bentoml.api
    async def predict(self, encounters: list[dict[str, Any]]) -> dict[str, Any]:
        return {}
"""
_READY_SECONDS = 180.0


class NotToBeHad(Exception):
    """A peer that cannot be measured here; its text says why."""


@dataclass(frozen=True)
class Setting:
    """What all servers are made from and asked with: encounters for those that make features, rows of features for the others."""

    place: Path
    project: Project
    engine: Engine
    items: list[dict[str, Any]]
    rows: list[dict[str, Any]]

    def encounters(self) -> dict[int, list[bytes]]:
        """Requests of 1 and of 100 encounters."""
        one = [request("/predict", json.dumps({"encounters": [item]}).encode()) for item in self.items]
        return {1: one, 100: [request("/predict", json.dumps({"encounters": self.items}).encode())]}


@dataclass
class Server:
    """A running server; ``requests`` by their number of rows."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    requests: dict[int, list[bytes]]
    versions: dict[str, str]

    def cpu_seconds(self) -> float:
        """What its processes used so far; 0 where the system does not say (it has no /proc)."""
        parents, used = {}, {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                parents[int(stat.parent.name)] = int(fields[1])
                used[int(stat.parent.name)] = int(fields[11]) + int(fields[12])
        return sum(used[pid] for pid in used if self._is_own(pid, parents)) / os.sysconf("SC_CLK_TCK")

    def _is_own(self, pid: int, parents: dict[int, int]) -> bool:
        while pid > 1:
            if pid == self.process.pid:
                return True
            pid = parents.get(pid, 0)
        return False


@contextlib.contextmanager
def own(setting: Setting) -> Iterator[Server]:
    """``wardround serve`` with the prediction log."""
    port = _free()
    command = [sys.executable, "-m", "wardround", "serve", "--project", str(setting.project.root), "--port", str(port)]
    with _running(command, setting, port, "/readyz", _log(setting.place / "own")) as process:
        yield Server("wardround serve", port, process, setting.encounters(), {"wardround": version("wardround")})


@contextlib.contextmanager
def bento(setting: Setting) -> Iterator[Server]:
    """The same in BentoML, as a release runs it."""
    port = _free()
    command = [sys.executable, "-m", "bentoml", "serve", "pipelines.service:Service", "--port", str(port)]
    environment = {**_log(setting.place / "bento"), **_quiet(setting)}
    with _running(command, setting, port, "/readyz", environment, setting.project.root) as process:
        yield Server("in the Bento", port, process, setting.encounters(), {"bentoml": version("bentoml")})


@contextlib.contextmanager
def empty(setting: Setting) -> Iterator[Server]:
    """A BentoML service that parses the body and answers nothing."""
    place = setting.place / "empty"
    place.mkdir()
    (place / "empty.py").write_text(EMPTY)
    port = _free()
    command = [sys.executable, "-m", "bentoml", "serve", "empty:Empty", "--port", str(port)]
    with _running(command, setting, port, "/readyz", _quiet(setting), place) as process:
        yield Server("empty BentoML endpoint", port, process, setting.encounters(), {})


@contextlib.contextmanager
def peer(kind: str, setting: Setting, environments: Path | None) -> Iterator[Server]:
    """mlserver or mlflow with the same model. Raises :class:`NotToBeHad`."""
    python = (environments or setting.place / "peers") / kind / "bin" / "python"
    if environments is None:
        _install(kind, python)
    elif not python.is_file():
        raise NotToBeHad(f"there is no {kind}/bin/python in the directory of --peers")
    place = serving.peer_files(setting.project, setting.engine, setting.rows, setting.place / f"files-{kind}")
    script = Path(__file__).with_name("peers.py")
    made = subprocess.run(
        [python, "-W", "ignore", script, kind, place], capture_output=True, text=True, check=False, cwd=place
    )
    if made.returncode:
        raise NotToBeHad(f"its model could not be made: {made.stderr.strip().splitlines()[-1]}")
    port = _free()
    if kind == "mlserver":
        path, ready = "/v2/models/model/infer", "/v2/health/ready"
        ports = {"http_port": port, "grpc_port": _free(), "metrics_port": _free()}
        # without a worker of its own: one process, as the others, and quicker than with a queue in between
        settings = {"host": "127.0.0.1", "parallel_workers": 0, "debug": False, **ports}
        (place / "mlserver" / "settings.json").write_text(json.dumps(settings))
        command = [str(python.with_name("mlserver")), "start", str(place / "mlserver")]
    else:
        path, ready = "/invocations", "/ping"
        serve = ["models", "serve", "--model-uri", str(place / "mlflow"), "--env-manager", "local"]
        command = [str(python.with_name("mlflow")), *serve, "--host", "127.0.0.1", "--port", str(port)]
    body = {"mlserver": _v2, "mlflow": _split}[kind]
    spec = setting.engine.scorer.spec.plain()
    requests = {
        1: [request(path, json.dumps(body([row], spec)).encode()) for row in setting.rows],
        100: [request(path, json.dumps(body(setting.rows, spec)).encode())],
    }
    # scikit-learn's threads cost more than they bring for so few rows, above all where other processes run
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    search = {
        **one_thread,
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    with _running(command, setting, port, ready, search, place) as process:
        _same_model(kind, port, path, json.dumps(body(setting.rows, spec)).encode(), setting)
        yield Server(kind, port, process, requests, json.loads(made.stdout.splitlines()[-1]))


def _v2(rows: list[dict[str, Any]], spec: list[dict[str, Any]]) -> dict[str, Any]:
    """The Open Inference Protocol's body, a tensor a column."""
    inputs = []
    for item in spec:
        text = item["categories"] is not None
        values = [row[item["name"]] for row in rows]
        tensor = {
            "name": item["name"],
            "shape": [len(rows), 1],
            "datatype": "BYTES" if text else "FP64",
            "data": values,
        }
        inputs.append({**tensor, **({"parameters": {"content_type": "str"}} if text else {})})
    return {"parameters": {"content_type": "pd"}, "inputs": inputs, "outputs": [{"name": "predict_proba"}]}


def _split(rows: list[dict[str, Any]], spec: list[dict[str, Any]]) -> dict[str, Any]:
    names = [item["name"] for item in spec]
    return {"dataframe_split": {"columns": names, "data": [[row[name] for name in names] for row in rows]}}


def _same_model(kind: str, port: int, path: str, body: bytes, setting: Setting) -> None:
    """Ends the program unless the peer gives the probabilities that our model gives before recalibration."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status != 200:
        raise NotToBeHad(f"it does not answer: {answer.status} {content[:300]!r}")
    told = json.loads(content)
    given = told["outputs"][0]["data"][1::2] if kind == "mlserver" else [pair[1] for pair in told["predictions"]]
    asked = setting.engine.parser.parse(json.dumps({"encounters": setting.items}).encode())
    raw = setting.engine.scorer.predict(setting.engine.score(asked.items).matrix)
    worst = max(abs(a - b) for a, b in zip(given, raw.tolist(), strict=True))
    if worst > 1e-9:
        sys.exit(f"{kind} has not the same model: max |Δp| {worst:.2g}")


def _install(kind: str, python: Path) -> None:
    packages = [*PACKAGES[kind], *(f"{name}=={version(name)}" for name in ("scikit-learn", "skops"))]
    place = python.parent.parent
    uv = shutil.which("uv")
    steps = [[sys.executable, "-m", "venv", str(place)]]
    if uv:
        steps.append([uv, "pip", "install", "--quiet", "--python", str(python), *packages])
    else:
        steps.append([str(python), "-m", "pip", "install", "--quiet", *packages])
    print(f"installing {' '.join(packages)}", file=sys.stderr)
    for step in steps:
        try:
            done = subprocess.run(step, capture_output=True, text=True, check=False, timeout=1800)
        except subprocess.TimeoutExpired:
            raise NotToBeHad("it could not be installed within half an hour") from None
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines()
            raise NotToBeHad(f"it could not be installed: {lines[-1] if lines else step[0]}")


def _free() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _log(place: Path) -> dict[str, str]:
    place.mkdir()
    (place / "key").write_text("0123456789abcdef0123456789abcdef")
    return {
        "WARDROUND_PREDICTIONS": str(place / "predictions"),
        "WARDROUND_WAL": str(place / "wal"),
        "WARDROUND_LOG_KEY_FILE": str(place / "key"),
    }


def _quiet(setting: Setting) -> dict[str, str]:
    return {"DO_NOT_TRACK": "1", "BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": str(setting.place / "bentoml")}


@contextlib.contextmanager
def _running(
    command: list[str], setting: Setting, port: int, ready: str, more: dict[str, str], cwd: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that answers; its output in a file, of which the end is told when it does not."""
    said = setting.place / f"said-{port}"
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")}
    with (
        said.open("wb") as stream,
        subprocess.Popen(
            command, cwd=cwd, env={**kept, **more}, stdout=stream, stderr=stream, start_new_session=True
        ) as process,
    ):
        try:
            end = time.monotonic() + _READY_SECONDS
            while not _answers(port, ready):
                if process.poll() is not None or time.monotonic() > end:
                    raise NotToBeHad(f"it does not start: {said.read_text(errors='replace').strip()[-500:]}")
                time.sleep(0.2)
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
