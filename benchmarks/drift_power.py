"""How often the look at the inputs is wrong, how soon it is right, and what it calls the cause: Markdown tables from a simulated clinic.

Trouble, its size and its place are drawn per seed by tests/simulated/clinic.py, which the monitor does not know.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "simulated"))

from simulated_clinic import KINDS
from watching import Course, Quiet, Tally, quiet, trouble

from wardround.stats.intervals import wilson

CAUSES = ("covariate", "units", "coding", "new site", "outage", "unknown", "nothing")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("quiet", "large", "trouble"), required=True)
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[1000], help="one number, or one for each size of trouble"
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 500, 1000, 2000])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    sizes, seeds = tuple(options.sizes), options.seeds
    if options.part == "trouble":
        lines = _trouble(dict(zip(sizes, seeds * len(sizes) if len(seeds) == 1 else seeds, strict=True)))
    else:
        lines = {"quiet": _quiet, "large": _large}[options.part](seeds[0], sizes)
    print("\n".join(lines))
    if options.out:
        options.out.write_text("\n".join(lines) + "\n")


def _quiet(seeds: int, sizes: tuple[int, ...]) -> list[str]:
    some = max(1, seeds // 10)
    return [
        "| what is looked at | encounters a window | seeds | windows | something crossed | per 100 windows (95 % interval) | looks that warned |",
        "|---|---|---|---|---|---|---|",
        _row("columns", sizes, seeds, quiet(sizes, range(seeds), Course(total=3, sites=False))),
        _row("columns and sites", sizes, some, quiet(sizes, range(10_000, 10_000 + some), Course(total=3))),
    ]


def _large(seeds: int, sizes: tuple[int, ...]) -> list[str]:
    course = Course(training=200_000, total=2, sites=False)
    return [_row("columns", sizes, seeds, quiet(sizes, range(20_000, 20_000 + seeds), course))]


def _row(name: str, sizes: tuple[int, ...], seeds: int, found: Quiet) -> str:
    low, high = (100 * limit for limit in wilson(found.crossed, found.windows, 1.96))
    sizes_told = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
    rate = f"{100 * found.crossed / found.windows:.2f} ({low:.2f} to {high:.2f})"
    return f"| {name} | {sizes_told} | {seeds:,} | {found.windows:,} | {found.crossed} | {rate} | {found.loud} |"


def _trouble(sizes: dict[int, int]) -> list[str]:
    """Two tables; ``sizes`` maps encounters a window to the number of runs."""
    tallies = {(kind, n): trouble(kind, n, range(seeds)) for kind in KINDS[1:] for n, seeds in sizes.items()}
    lines = [
        f"| trouble | {' | '.join(f'{n:,} ({seeds} runs)' for n, seeds in sizes.items())} |",
        f"|---|{'---|' * len(sizes)}",
        *(f"| {kind} | {' | '.join(_seen(tallies[kind, n]) for n in sizes)} |" for kind in KINDS[1:]),
        "",
        f"| trouble | {' | '.join(CAUSES)} |",
        f"|---|{'---|' * len(CAUSES)}",
    ]
    for kind in KINDS[1:]:
        counts = [sum(tallies[kind, n].causes[cause] for n in sizes) for cause in CAUSES]
        lines.append(f"| {kind} | {' | '.join(str(count) for count in counts)} |")
    return lines


def _seen(tally: Tally) -> str:
    """Found after one, two and three windows, in per cent of the runs."""
    shares, total = [], 0
    for delay in (1, 2, 3):
        total += tally.found[delay]
        shares.append(f"{100 * total / tally.runs:.0f}")
    return " / ".join(shares)


if __name__ == "__main__":
    main()
