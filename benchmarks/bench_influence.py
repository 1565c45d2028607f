"""Influence functions against the vectorised bootstrap at 1,000,000 encounters: all measures of two models.

Peer: this project's own bootstrap of 1,000 subject-clustered resamples, which bench_comparison measures against
scikit-learn. Its time is measured at two smaller numbers of resamples and extended along the line through them. Both
sides start from unsorted scores. Wanted: at least 20 times faster.
"""

from __future__ import annotations

import statistics

from bench_comparison import encounters, options, seconds, settings, tell

from wardround.compare import compare_population

RESAMPLES = 1000
FEW, MORE = 32, 160


def main() -> None:
    chosen = options(__doc__, 5)
    n, runs = (100_000, 3) if chosen.quick else (1_000_000, chosen.runs)
    head, reference = encounters(n, grouped=False)
    for interval in ("influence", "bootstrap"):
        compare_population("warm", *encounters(5000, grouped=False), settings(interval, FEW))
    ours, peer = [], []
    for _ in range(runs):
        ours.append(seconds(lambda: compare_population("all", head, reference, settings("influence", FEW))))
        few, more = (
            seconds(lambda count=count: compare_population("all", head, reference, settings("bootstrap", count)))
            for count in (FEW, MORE)
        )
        each = (more - few) / (MORE - FEW)
        peer.append(few + each * (RESAMPLES - FEW))
    tell(
        {
            "name": "influence functions",
            "encounters": n,
            "ours_seconds": statistics.median(ours),
            "peer": f"vectorised bootstrap, {RESAMPLES} resamples (extrapolated from {FEW} and {MORE})",
            "peer_seconds": statistics.median(peer),
            "ratio": statistics.median(b / a for a, b in zip(ours, peer, strict=True)),
            "wanted": "at least 20",
            "runs": runs,
        },
        chosen.out,
    )


if __name__ == "__main__":
    main()
