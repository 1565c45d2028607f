"""The service over HTTP, prediction log on: p50, p99 and requests per second; 1 and 16 clients; 1 and 100 rows.

Peers in the same run: an empty BentoML endpoint that parses the same body (wanted: our p50 at most 1.5 times its), and mlserver and
`mlflow models serve` with the same model (wanted: at least 5 times their requests per second for one row, 2 times for 100). Ours is measured
by itself (`wardround serve`) and in the Bento. One worker each, on the same cores as the client; nothing else is asked meanwhile. mlserver and
mlflow are sent finished features; ours makes them from encounters with histories, and logs each answer.

mlserver and mlflow are no dependencies of this project. `--peers DIR` names a directory with their virtual environments `mlserver/` and
`mlflow/`; without it they are installed into a scratch directory. One that cannot be had is left out, and the output says why.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import sys
import tempfile
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import servers
import serving
from loading import Measured, load

CONFIGURATIONS = [(rows, clients) for rows in (1, 100) for clients in (1, 16)]
OWN = ("wardround serve", "in the Bento")
EMPTY = "empty BentoML endpoint"
SLOWER, TIMES = 1.5, {1: 5.0, 100: 2.0}


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="counted rounds; in each, every server is asked once")
    parser.add_argument("--seconds", type=float, default=2.0, help="of load on one server at a time")
    parser.add_argument("--peers", type=Path, help="directory with virtual environments mlserver/ and mlflow/")
    parser.add_argument("--no-peers", action="store_true", help="BentoML alone")
    parser.add_argument("--out", type=Path, help="also write the result as JSON")
    return parser.parse_args()


def measure(running: list[servers.Server], chosen: argparse.Namespace) -> dict[tuple[int, int, str], list[dict]]:
    """Rounds by rows, clients and server. Ends the program when anything but 200 or, from ours, a declared 503 is answered."""
    found: dict[tuple[int, int, str], list[dict]] = {}
    for turn in range(chosen.runs + 1):
        for rows, clients in CONFIGURATIONS:
            for server in running:
                before = server.cpu_seconds()
                measured = load(server.port, server.requests[rows], clients, chosen.seconds if turn else 1.0)
                _check(server, measured)
                if turn:
                    used = (server.cpu_seconds() - before) / len(measured.latencies)
                    found.setdefault((rows, clients, server.name), []).append(_told(measured, used))
    return found


def _check(server: servers.Server, measured: Measured) -> None:
    allowed = {200, 503} if server.name in OWN else {200}
    if wrong := {status: count for status, count in measured.statuses.items() if status not in allowed}:
        sys.exit(f"{server.name} answered {wrong}: {measured.last[:500]!r}")


def _told(measured: Measured, cpu: float) -> dict:
    return {
        "p50": measured.milliseconds(50),
        "p99": measured.milliseconds(99),
        "per_second": measured.statuses[200] / measured.seconds,
        "refused": measured.statuses[503],
        "cpu": cpu * 1000,
    }


def table(found: dict[tuple[int, int, str], list[dict]], names: list[str]) -> None:
    print(f"{'rows × clients':15}{'server':26}{'p50 ms':>9}{'p99 ms':>9}{'req/s':>9}{'CPU ms/req':>12}{'503':>5}")
    for rows, clients in CONFIGURATIONS:
        for name in names:
            rounds = found[rows, clients, name]
            p50, p99, rate, cpu = (
                statistics.median(one[key] for one in rounds) for key in ("p50", "p99", "per_second", "cpu")
            )
            refused = sum(one["refused"] for one in rounds)
            print(f"{f'{rows} × {clients}':15}{name:26}{p50:9.2f}{p99:9.2f}{rate:9.0f}{cpu:12.2f}{refused:5}")


def judged(found: dict[tuple[int, int, str], list[dict]], names: list[str]) -> list[dict]:
    """Every ratio, round against the same round: the median, and what is wanted of it."""
    told = []
    for rows, clients in CONFIGURATIONS:
        for own in OWN:
            ours = found[rows, clients, own]
            for peer in names:
                if peer in OWN:
                    continue
                theirs = found[rows, clients, peer]
                if peer == EMPTY:
                    key, wanted = "p50", SLOWER
                    ratio = statistics.median(a["p50"] / b["p50"] for a, b in zip(ours, theirs, strict=True))
                else:
                    key, wanted = "per_second", TIMES[rows]
                    ratio = statistics.median(
                        a["per_second"] / b["per_second"] for a, b in zip(ours, theirs, strict=True)
                    )
                told.append(
                    {
                        "rows": rows,
                        "clients": clients,
                        "ours": own,
                        "peer": peer,
                        "what": key,
                        "ratio": ratio,
                        "cpu_ratio": statistics.median(
                            a["cpu"] / (b["cpu"] or float("nan")) for a, b in zip(ours, theirs, strict=True)
                        ),
                        "wanted": wanted,
                        "held": ratio <= wanted if key == "p50" else ratio >= wanted,
                    }
                )
    return told


def spent(server: servers.Server) -> str:
    """Where our service says its time goes: shares of all requests' seconds, from its own counters."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics") as answer:
        found = dict(re.findall(r"^wardround_(\w+_seconds_(?:sum|count)) (\S+)$", answer.read().decode(), re.MULTILINE))
    batches = float(found["feature_seconds_count"])
    parts = {name: float(found[f"{name}_seconds_sum"]) / batches * 1000 for name in ("feature", "model")}
    return f"a batch takes {parts['feature']:.2f} ms from encounters to the matrix (pandas), {parts['model']:.2f} ms for the model"


def main() -> None:
    chosen = options()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        place = Path(scratch)
        project = serving.trained(place / "project")
        engine = serving.engine(project)
        items = serving.encounters(project, 100)
        rows = serving.feature_rows(engine, items)
        setting = servers.Setting(place, project, engine, items, rows)
        running = [
            stack.enter_context(server)
            for server in (servers.own(setting), servers.bento(setting), servers.empty(setting))
        ]
        left_out = {}
        for kind in () if chosen.no_peers else ("mlserver", "mlflow"):
            try:
                running.append(stack.enter_context(servers.peer(kind, setting, chosen.peers)))
            except servers.NotToBeHad as error:
                left_out[kind] = str(error)
        load_before = os.getloadavg()[0]
        found = measure(running, chosen)
        told = spent(running[0])
        names = [server.name for server in running]
        versions = {"python": platform.python_version()}
        for server in running:
            versions |= server.versions
        sizes = {number: len(running[0].requests[number][0]) for number in (1, 100)}
    table(found, names)
    verdicts = judged(found, names)
    for one in verdicts:
        words = "p50" if one["what"] == "p50" else "requests per second"
        sign = "≤" if one["what"] == "p50" else "≥"
        print(
            f"{one['rows']:>3} rows, {one['clients']:>2} clients, {one['ours']}: {words} {one['ratio']:.2f} × {one['peer']}"
            f"   (wanted {sign} {one['wanted']:g}: {'held' if one['held'] else 'MISSED'}; CPU {one['cpu_ratio']:.2f} ×)"
        )
    print(f"  {OWN[0]}, all rounds: {told}")
    for kind, why in left_out.items():
        print(f"left out: {kind}: {why}")
    history = sum(len(item["history"]) for item in items)
    print(
        f"  median of {chosen.runs} rounds of {chosen.seconds:g} s; bodies of {sizes[1]} and {sizes[100]} bytes, {history} earlier encounters"
        f" with 100; load average {load_before:.1f} before, {os.getloadavg()[0]:.1f} after; {os.cpu_count()} cores"
    )
    print(f"  {', '.join(f'{name} {version}' for name, version in versions.items())}")
    if chosen.out is not None:
        rounds = [{"rows": r, "clients": c, "server": n, "rounds": told} for (r, c, n), told in found.items()]
        result = {"ratios": verdicts, "measured": rounds, "left_out": left_out, "versions": versions}
        chosen.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
