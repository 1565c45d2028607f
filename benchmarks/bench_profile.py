"""The profile of a table with 50 columns against reading it with pyarrow batch by batch: at most 3 times as long."""

import argparse
import json
import os
import platform
import statistics
import tempfile
from pathlib import Path

import wide


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one pair, 200,000 rows")
    parser.add_argument(
        "--work", type=Path, default=Path(tempfile.gettempdir()) / "wardround-bench", help="keeps the table"
    )
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rows, runs = (min(options.rows, 200_000), 1) if options.quick else (options.rows, options.runs)
    file = wide.make(options.work, rows)
    wide.child("floor", file)  # the file is in the page cache for both
    pairs = [(wide.child("profile", file), wide.child("floor", file)) for _ in range(runs)]
    ours, peer = ([pair[side] for pair in pairs] for side in (0, 1))
    ratio = statistics.median(a["seconds"] / b["seconds"] for a, b in pairs)
    peak = max(run["peak_mib"] for run in ours)
    versions = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        **ours[0]["versions"],
        **peer[0]["versions"],
    }
    print(f"{rows:,} rows x 50 columns; median of {runs}; {versions}")
    print(
        f"  profile, reading included   {statistics.median(run['seconds'] for run in ours):8.2f} s   peak {peak:,.0f} MiB"
    )
    print(f"  pyarrow, reading alone      {statistics.median(run['seconds'] for run in peer):8.2f} s")
    print(f"  profile / reading: {ratio:.2f}x (limit 3x)")
    if options.out:
        options.out.write_text(
            json.dumps({"rows": rows, "runs": runs, "ratio": ratio, "peak_mib": peak, "versions": versions}, indent=2)
            + "\n"
        )


if __name__ == "__main__":
    main()
