"""Where the time of `bench_score.py` goes: processor seconds by function, of `score` (all in one thread) and of the peer.

Python's profiler makes much called Python code look slower than it is; what compiled code takes is right. Whatever else runs on the
machine changes seconds, hardly shares.
"""

from __future__ import annotations

import cProfile
import pstats
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from bench_score import make, ours, peer
from timing import arguments


def in_one_thread(work: Iterable[Callable[[], Any]]) -> Iterator[Any]:
    """In place of :func:`wardround.scoring.together.together`."""
    for piece in work:
        yield piece()


def main() -> None:
    options = arguments(__doc__, rows=1_000_000, lines=60)
    from wardround.scoring import run, sorting

    run.together = sorting.together = in_one_thread  # type: ignore[assignment]  # only what it yields is used
    sides: dict[str, Callable[[Path, Path], int]] = {"score": lambda a, b: ours(a, b, log=False), "pandas": peer}
    with tempfile.TemporaryDirectory() as place:
        small, large = make(Path(place), 2000), make(Path(place), options.rows)
        for name, side in sides.items():
            for what in ("small", "large"):
                (Path(place) / name / what).mkdir(parents=True)
            side(small, Path(place) / name / "small" / "out")
            profile = cProfile.Profile(time.process_time)
            profile.runcall(side, large, Path(place) / name / "large" / "out")
            print(f"== {name}, {options.rows:,} rows")
            pstats.Stats(profile).sort_stats("cumtime").print_stats(options.lines)


if __name__ == "__main__":
    main()
