"""One encounter's probability in process, from its features: at least 20 times faster than the scikit-learn pipeline with a DataFrame.

Peer: the same fitted model behind a ColumnTransformer (OrdinalEncoder for categories), asked with a DataFrame of one row that is
there already. Ours: the served form with the recalibration, asked with the row of the matrix that is there already. Both are asked about
the same encounters in turn. What comes before, from the encounter with its history to the matrix, is told apart: both would need it.
"""

from __future__ import annotations

import json
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import peers
import serving
import sklearn
import treelite
from threadpoolctl import threadpool_limits
from timing import arguments

ENCOUNTERS = 200
WANTED = 20.0


def main() -> None:
    options = arguments(__doc__, runs=9)
    with tempfile.TemporaryDirectory() as place, threadpool_limits(1):
        project = serving.trained(Path(place) / "project")
        engine = serving.engine(project)
        items = serving.encounters(project, ENCOUNTERS)
        rows = serving.feature_rows(engine, items)
        spec = engine.scorer.spec.plain()
        trees = serving.estimator(project).n_iter_
        pipeline = peers.pipeline(serving.estimator(project), spec, peers.frame(rows, spec))
        frames = [peers.frame([row], spec) for row in rows]
        asked = [engine.parser.parse(json.dumps(item).encode()).items for item in items]
        matrices = [engine.score(one).matrix for one in asked]
        worst = max(
            abs(float(pipeline.predict_proba(frame)[0, 1]) - float(engine.scorer.predict(matrix)[0]))
            for frame, matrix in zip(frames, matrices, strict=True)
        )
        if worst > 1e-9:
            sys.exit(f"these are not the same model: max |Δp| {worst:.2g}")
        ours, theirs, made = [], [], []
        for _ in range(options.runs):
            ours.append(statistics.median([_seconds(engine.scorer.probabilities, matrix) for matrix in matrices]))
            theirs.append(statistics.median([_seconds(pipeline.predict_proba, frame) for frame in frames]))
            made.append(statistics.median([engine.score(one).feature_seconds for one in asked]))
    result = {
        "name": "one probability in process",
        "encounters": ENCOUNTERS,
        "trees": trees,
        "ours_seconds": statistics.median(ours),
        "peer": "scikit-learn pipeline, DataFrame of one row",
        "peer_seconds": statistics.median(theirs),
        "ratio": statistics.median(peer / own for own, peer in zip(ours, theirs, strict=True)),
        "wanted": f"at least {WANTED:g}",
        "feature_seconds": statistics.median(made),
        "difference": worst,
        "runs": options.runs,
        "versions": {
            "python": platform.python_version(),
            "scikit-learn": sklearn.__version__,
            "treelite": treelite.__version__,
            "numpy": np.__version__,
        },
    }
    print(f"{result['name']}: {result['ratio']:.1f} times faster than {result['peer']}   (wanted: {result['wanted']})")
    print(
        f"  ours {result['ours_seconds'] * 1e6:.0f} µs, peer {result['peer_seconds'] * 1e6:.0f} µs; median of {options.runs} turns of"
        f" {ENCOUNTERS} encounters; {result['trees']} trees; max |Δp| {worst:.1g}"
    )
    print(f"  apart from that: encounter with history to matrix {result['feature_seconds'] * 1e3:.2f} ms")
    print(f"  {', '.join(f'{name} {version}' for name, version in result['versions'].items())}")
    if options.out is not None:
        options.out.write_text(json.dumps(result, indent=2) + "\n")


def _seconds(asked, given) -> float:
    started = time.perf_counter()
    asked(given)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
