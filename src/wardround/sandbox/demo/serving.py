"""What a stage runs, served for a moment and asked as a ward's system would ask it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from wardround.errors import EnvironmentFailure
from wardround.files import write_text
from wardround.proc import Command, run, run_lines

if TYPE_CHECKING:
    from wardround.sandbox.demo.workshop import Workshop

#: Seconds until a service must answer, and until it must have ended.
_READY, _END = 300.0, 60.0
_MARK = "/predict answers"


@contextlib.contextmanager
def stage(ada: Workshop, name: str) -> Iterator[str]:
    """The address of ``wardround serve --stage NAME``, which is asked to end afterwards."""
    words = [sys.executable, "-m", "wardround", "serve", "--stage", name, "--port", "0"]
    said: list[str] = []
    address: queue.SimpleQueue[str] = queue.SimpleQueue()
    pids: list[int] = []

    def hear(line: str) -> None:
        said.append(line)
        if _MARK in line:
            address.put(line.partition(_MARK)[0].strip())

    def serve() -> None:
        run_lines(Command(words, cwd=ada.root), hear, pids.append)
        address.put("")

    served = threading.Thread(target=serve, daemon=True)
    served.start()
    try:
        with contextlib.suppress(queue.Empty):
            if found := address.get(timeout=_READY):
                yield found
                return
        raise EnvironmentFailure("the service did not start", found=" | ".join(said[-4:]))
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
        served.join(_END)


def ask(ada: Workshop, address: str, say: Callable[[str], None]) -> dict[str, Any]:
    """One known encounter's answer: ``model_version`` and ``probability``. By curl where it is, as the line that is said shows."""
    golden = json.loads((ada.root / "models" / "model" / "golden.json").read_bytes())
    question = _question(golden)
    write_text(ada.root.parent / "encounter.json", json.dumps(question))
    say(f"$ curl --silent --json @encounter.json {address}/predict")
    if shutil.which("curl"):
        words = ["curl", "--silent", "--show-error", "--header", "content-type: application/json"]
        words += ["--data-binary", f"@{ada.root.parent / 'encounter.json'}", f"{address}/predict"]
        done = run(Command(words, timeout=60))
        text = done.out if done.ok else done.err
    else:
        request = urllib.request.Request(  # noqa: S310 - the address is this machine's own service
            f"{address}/predict", json.dumps(question).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
            text = answer.read().decode()
    try:
        said = json.loads(text)
        (one,) = said["predictions"]
    except (ValueError, KeyError, TypeError) as error:
        raise EnvironmentFailure("the service did not answer", where=address, found=text[:200]) from error
    alerts = ", ".join(f"at {at}" for at, alert in one["alert"].items() if alert) or "none"
    say(f"    {said['model_version']}: probability {one['probability']:.4f}, alert {alerts}")
    return {"model_version": said["model_version"], "probability": one["probability"]}


def _question(golden: dict[str, Any]) -> dict[str, Any]:
    one = golden["encounters"][0]
    return {"encounter": one["encounter"], "history": one.get("history", [])}
