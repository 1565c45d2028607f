"""Asks a service what a plan says and prints what it answered. Python alone runs it: on this machine, or inside a container.

The plan comes as JSON on standard input; the answers go as JSON to standard output. Nothing is judged here.
"""

import http.client
import json
import os
import sys
import time
from pathlib import Path


def _ask(port: int, request: dict[str, str], timeout: float = 30.0) -> tuple[int, str, float]:
    """Status, body and milliseconds of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    started = time.monotonic()
    try:
        body = request.get("body")
        headers = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(request["method"], request["path"], None if body is None else body.encode(), headers)
        answer = connection.getresponse()
        text = answer.read(1 << 20).decode("utf-8", "replace")
        return answer.status, text, (time.monotonic() - started) * 1000
    finally:
        connection.close()


def _wait(port: int, path: str, seconds: float) -> float:
    """Seconds until the service is ready; -1 when it never was."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        try:
            if _ask(port, {"method": "GET", "path": path}, 5.0)[0] == 200:
                return time.monotonic() - started
        except OSError:
            pass
        time.sleep(0.1)
    return -1.0


def _interfaces() -> list[str]:
    """Network interfaces beside loopback, as the kernel shows them to this process."""
    try:
        lines = Path("/proc/net/dev").read_text(encoding="ascii").splitlines()[2:]
    except OSError:
        return ["unknown"]
    return sorted(name for line in lines if (name := line.partition(":")[0].strip()) != "lo")


def _writable(places: list[str]) -> list[str]:
    """Those of ``places`` where this process can make a file."""
    found = []
    for place in places:
        probe = Path(place) / ".wardround-probe"
        try:
            probe.write_bytes(b"")
            probe.unlink()
        except OSError:
            continue
        found.append(place)
    return found


def main() -> None:
    """Reads the plan, asks, prints."""
    plan = json.load(sys.stdin)
    port = plan["port"]
    ready = _wait(port, plan["ready"], plan["wait_seconds"])
    answers, times = [], []
    if ready >= 0:
        for request in plan["requests"]:
            status, text, _ = _ask(port, request)
            answers.append({"name": request["name"], "status": status, "body": text})
        timed = plan["timed"]
        for number in range(plan["times"]):
            status, _, milliseconds = _ask(port, timed[number % len(timed)])
            times.append(milliseconds if status == 200 else -1.0)
    print(  # noqa: T201 - its output is the answer
        json.dumps(
            {
                "ready_seconds": ready,
                "answers": answers,
                "milliseconds": times,
                "user": os.getuid(),
                "interfaces": _interfaces(),
                "writable": _writable(plan["places"]),
                "machine": os.uname().machine,
            }
        )
    )


if __name__ == "__main__":
    main()
