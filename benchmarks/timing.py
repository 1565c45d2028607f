"""Shared by the benchmarks: paired timings of whole processes, medians, and the result as text and JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def arguments(description: str, **defaults: int) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--runs", type=int, default=defaults.get("runs", 7), help="counted runs of each side")
    parser.add_argument("--out", type=Path, help="also write the result as JSON")
    for name, value in defaults.items():
        if name != "runs":
            parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value)
    return parser.parse_args()


def process(args: Sequence[str], cwd: Path | None = None) -> float:
    """Wall seconds of one process that must succeed."""
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
    }
    environment |= {"DVC_NO_ANALYTICS": "1", "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    started = time.perf_counter()
    done = subprocess.run(args, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"{args} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return seconds


def paired(ours: Callable[[], float], peer: Callable[[], float], runs: int) -> dict[str, float]:
    """A B A B …, after one warm-up of each: medians and the median of the pairwise ratios."""
    ours(), peer()
    pairs = [(ours(), peer()) for _ in range(runs)]
    return {
        "ours_seconds": statistics.median(pair[0] for pair in pairs),
        "peer_seconds": statistics.median(pair[1] for pair in pairs),
        "ratio": statistics.median(a / b for a, b in pairs),
        "runs": float(runs),
    }


def tell(name: str, peer: str, limit: str, result: dict[str, float], out: Path | None) -> None:
    print(f"{name}: {result['ratio']:.2f} × {peer}   (limit {limit})")
    print(
        f"  ours {result['ours_seconds']:.3f} s, peer {result['peer_seconds']:.3f} s, median of {result['runs']:.0f} pairs"
    )
    print(f"  Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()}")
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps({"name": name, "peer": peer, "limit": limit, **result}, indent=2) + "\n")
