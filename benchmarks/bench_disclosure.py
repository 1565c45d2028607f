"""How long the gate in front of every outlet takes: a publication alone, with those that are out already, and read again by the trusted half.

    python benchmarks/bench_disclosure.py [--people 3000 20000] [--seeds 5] [--wide] [--out FILE]

Hospitals are drawn by seed (tests/attack/drawn_truths.py): 20 score bins, three declared columns with up to 13 levels, rare levels and missing
values in half of them; ``--wide`` has seven columns and up to 44. Each publishes three times about the same test block: a review, a review of another
model that leaves other people out and alerts elsewhere, and a card. Nothing else in the field withholds cells and proves what remains unknown, so that
the limit is a time: that of the job that publishes, in which the audit is made again. The longest of all is told beside the median.
"""

import argparse
import json
import os
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "attack"))

import drawn_truths as drawn  # noqa: E402 - its directory is put on the path first
import sets  # noqa: E402 - the same

from wardround.disclosure import About, Before, Inside, Published, disclose, told  # noqa: E402 - the same
from wardround.disclosure.auditing import audit  # noqa: E402 - the same
from wardround.disclosure.cohorts import size  # noqa: E402 - the same

#: Thresholds of the second review: between the edges of the first.
OTHERS = (0.15, 0.35)
WIDE = {"ward": 12, "origin": 6, "unit": 8, "insurance": 5}
LIMIT = 60.0 * int(
    next(
        re.finditer(r"timeout-minutes: (\d+)", (ROOT / ".github/workflows/publish.yml").read_text(encoding="utf-8"))
    ).group(1)
)


def timed(job: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    made = job()
    return time.perf_counter() - started, made


def hospital(seed: int, people: int, more: dict[str, int]) -> tuple[dict[str, float], int, int]:
    """Seconds of each step, the unknowns of the last publication, and how many of all columns are shown in it."""
    truth = drawn.draw(seed, n=people, more=more)
    blocks = {"head": "sha256:new", "base": "sha256:old", "anchor": "sha256:old"}
    seconds, earlier = {}, []
    steps = [
        ("alone", {"head": "base", "base": "anchor"}, drawn.THRESHOLDS, False),
        ("after one", {"head": "head", "base": "base"}, OTHERS, False),
        ("card after two", {"head": "head", "base": "base"}, OTHERS, True),
    ]
    for name, roles, thresholds, card in steps:
        renamed = sets.as_roles(truth, **roles)
        inside = Inside(thresholds, drawn.metrics(renamed), None if card else drawn.comparison(renamed))
        about = About(blocks, roles)
        before = Before(about, tuple(earlier))
        seconds[name], published = timed(lambda inside=inside, before=before: disclose(inside, before=before))
        earlier.append(told(published, inside, about, "made-up"))
        if name == "alone":
            seconds["read again"], result = timed(lambda published=published: audit(published))
            assert result.safe
            largest, columns = size(published), shown(published)
    return seconds, largest, columns


def shown(published: Published) -> int:
    """Columns of which at least one group is shown."""
    cohorts = [*published.cohorts, *(cohort for one in published.against for cohort in one.cohorts)]
    groups = [view for cohort in cohorts for model in cohort.models for view in model.groups]
    return len({view.column for view in groups if view.column and view.n.shown})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[3000, 20_000])
    parser.add_argument("--seeds", type=int, default=5, help="hospitals of each size")
    parser.add_argument("--wide", action="store_true", help="seven columns instead of three")
    parser.add_argument("--out", type=Path, help="also write the result as JSON")
    given = parser.parse_args()
    results, late = [], False
    for people in given.people:
        found = []
        for seed in range(1, given.seeds + 1):
            found.append(hospital(seed, people, WIDE if given.wide else {}))
            steps = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in found[-1][0].items())
            print(f"{people} people, hospital {seed} of {given.seeds}: {steps}", file=sys.stderr, flush=True)
        unknowns = statistics.median(largest for _, largest, _ in found)
        columns = [columns for _, _, columns in found]
        print(f"{people} people, {unknowns:.0f} unknowns, {min(columns)} to {max(columns)} columns shown alone")
        for step in found[0][0]:
            taken = [seconds[step] for seconds, _, _ in found]
            middle, most = statistics.median(taken), max(taken)
            late = late or most > LIMIT
            print(
                f"  {step}: {middle / LIMIT:.4f} × the job's {LIMIT:.0f} s, at most {most / LIMIT:.4f} ×   (limit 1)"
                f"   {middle:.1f} s, at most {most:.1f} s, of {len(taken)} hospitals"
            )
            results.append(
                {"people": people, "step": step, "median": middle, "most": most, "limit": LIMIT, "unknowns": unknowns}
            )
    print(
        f"  Python {platform.python_version()}, scipy {version('scipy')}, {os.cpu_count()} cores, {platform.system()}"
    )
    if given.out is not None:
        given.out.write_text(json.dumps(results, indent=2) + "\n")
    if late:
        sys.exit("over the limit")


if __name__ == "__main__":
    main()
