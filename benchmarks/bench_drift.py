"""Drift of 48 columns against training: this project against Evidently's DataDriftPreset and NannyML's univariate drift, or against reading alone.

Peers live in environments of their own: name their Python with --evidently and --nannyml (pip install evidently 'pandas<3' pyarrow; pip install
nannyml statsmodels pyarrow). Whole processes are timed, imports included; what is without imports is printed too.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import wide

HERE = Path(__file__).resolve().parent
#: Peers report their use to their makers unless told not to; waiting for that would also be timed.
SILENT = {"NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "1"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--evidently", type=Path, help="Python with evidently")
    parser.add_argument("--nannyml", type=Path, help="Python with nannyml")
    parser.add_argument("--quick", action="store_true", help="one run")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "wardround-bench")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    runs = 1 if options.quick else options.runs
    window = wide.make(options.work, options.rows)
    reference = _reference(options.work)
    pythons = {"wardround": Path(sys.executable), "floor": Path(sys.executable)}
    pythons |= {name: path for name in ("evidently", "nannyml") if (path := getattr(options, name))}
    found: dict[str, list[dict]] = {name: [] for name in pythons}
    _child("wardround", pythons["wardround"], reference, window)  # the file is in the page cache for all
    for _ in range(runs):
        for name, python in pythons.items():
            found[name].append(_child(name, python, reference, window))
    ours = found["wardround"]
    print(f"{options.rows:,} rows x 48 columns, reference of 100,000; median of {runs}; {os.cpu_count()} cores")
    for name, results in found.items():
        wall, inside = (statistics.median(one[key] for one in results) for key in ("wall", "seconds"))
        ratio = statistics.median(one["wall"] / own["wall"] for one, own in zip(results, ours, strict=True))
        inner = statistics.median(one["seconds"] / own["seconds"] for one, own in zip(results, ours, strict=True))
        peak = max(one["peak_mib"] for one in results)
        print(
            f"  {name:10} {wall:8.2f} s wall ({inside:.2f} without imports), {peak:,.0f} MiB; {ratio:.2f} times ours ({inner:.2f}); "
            f"{results[0]['versions']}"
        )
    if options.out:
        options.out.write_text(json.dumps({"rows": options.rows, "runs": runs, "found": found}, indent=2) + "\n")


def _reference(work: Path) -> Path:
    """The second half of another table, and its profile."""
    import pyarrow.parquet as pq

    path = work / "drift-reference.parquet"
    if not path.exists():
        pq.write_table(pq.read_table(wide.make(work, 200_000)).slice(100_000), path)
    if not path.with_suffix(".json").exists():
        _child("profile", Path(sys.executable), path, path)
    return path


def _child(task: str, python: Path, reference: Path, window: Path) -> dict:
    environment = {**os.environ, **SILENT}
    if python == Path(sys.executable):
        environment["PYTHONPATH"] = str(HERE.parent / "src")
    started = time.perf_counter()
    done = subprocess.run(
        [python, HERE / "drifting.py", task, reference, window],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"{task} failed:\n{done.stderr[-3000:]}")
    return {**json.loads(done.stdout.splitlines()[-1]), "wall": wall}


if __name__ == "__main__":
    main()
