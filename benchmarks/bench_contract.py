"""The contract check of a table with 50 columns, reading included, against one plain pandera call and great_expectations.

Limits: at least 3 times as fast as pandera, in at most 2 GiB; at least 30 times as fast per row as great_expectations.
Peers are slow, so the default is the median of three pairs; every run is a process of its own. great_expectations is measured
where ``--expectations PYTHON`` names an interpreter that has it (at most a million rows), or ``--install`` may make one.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import wide

MOST_EXPECTED = 1_000_000


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one pair, 200,000 rows")
    parser.add_argument(
        "--work", type=Path, default=Path(tempfile.gettempdir()) / "wardround-bench", help="keeps the table"
    )
    parser.add_argument("--expectations", default="", help="a Python that has great_expectations")
    parser.add_argument("--install", action="store_true", help="make one in --work (downloads)")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.quick:
        options.rows, options.runs = min(options.rows, 200_000), 1
    return options


def middle(runs: list[dict], key: str = "seconds") -> float:
    return statistics.median(run[key] for run in runs)


def peer_python(options: argparse.Namespace) -> str:
    if options.expectations or not options.install:
        return options.expectations
    place = options.work / "expectations"
    python = place / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "great_expectations", "pyarrow"], check=True)
    return str(python)


def main() -> None:
    options = arguments()
    file = wide.make(options.work, options.rows)
    pairs = [(wide.child("contract", file), wide.child("pandera", file)) for _ in range(options.runs)]
    ours, peer = ([pair[side] for pair in pairs] for side in (0, 1))
    ratio = statistics.median(b["seconds"] / a["seconds"] for a, b in pairs)
    alone = statistics.median(b["without_reading"] / a["seconds"] for a, b in pairs)
    peak = max(run["peak_mib"] for run in ours)
    versions = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        **ours[0]["versions"],
        **peer[0]["versions"],
    }
    print(
        f"{options.rows:,} rows x 50 columns, {file.stat().st_size / 2**20:,.0f} MiB of Parquet; median of {options.runs}; {versions}"
    )
    print(f"  wardround, reading included    {middle(ours):8.2f} s   peak {peak:,.0f} MiB (limit 2,048)")
    print(
        f"  pandera, reading included      {middle(peer):8.2f} s   peak {max(run['peak_mib'] for run in peer):,.0f} MiB"
    )
    print(f"  pandera, the call alone        {middle(peer, 'without_reading'):8.2f} s")
    print(f"  pandera / wardround: {ratio:.1f}x (limit 3x); its call alone against ours with reading: {alone:.1f}x")
    result = {
        "rows": options.rows,
        "runs": options.runs,
        "ratio_pandera": ratio,
        "ratio_pandera_call_alone": alone,
        "peak_mib": peak,
        "versions": versions,
    }
    python = peer_python(options)
    if python:
        small = wide.make(options.work, min(options.rows, MOST_EXPECTED))
        both = [(wide.child("expectations", small, python), wide.child("contract", small)) for _ in range(options.runs)]
        expected, same = ([pair[side] for pair in both] for side in (0, 1))
        times = statistics.median(b["seconds"] / a["seconds"] for a, b in zip(same, expected, strict=True))
        each = (middle(expected) / expected[0]["rows"]) / (middle(ours) / options.rows)
        print(
            f"  great_expectations, {expected[0]['rows']:,} rows {middle(expected):6.2f} s (validate alone {middle(expected, 'without_reading'):.2f} s); {expected[0]['versions']}"
        )
        print(f"  great_expectations / wardround per row: {each:.1f}x (limit 30x); on the same table: {times:.1f}x")
        result |= {
            "ratio_expectations_per_row": each,
            "ratio_expectations_same_table": times,
            "versions_expectations": expected[0]["versions"],
        }
    else:
        print("  great_expectations was not measured: pass --install, or --expectations PYTHON")
    if options.out:
        options.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
