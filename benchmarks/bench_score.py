"""`wardround score` of the reference project, logging off, against pandas and predict_proba: at least 5 times the rows per second.

The peer is what a team writes by hand: Parquet in batches of whole subjects, the project's own features, the trained scikit-learn estimator
that skops loads, Parquet out. Both read the same file, in processes of their own, and both are timed from the first row to the last file:
what starting Python and importing takes is printed beside it. `--features 0` leaves out the features on both sides (a matrix is made
beforehand): what the model alone costs. `--log 1` also measures scoring with the prediction log. `--memory ROWS` prints the most memory that
scoring holds for a tenth of those rows and for all of them.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import serving
from timing import arguments, paired, tell

ROOT = Path(__file__).resolve().parent.parent
#: Names the trained project for the processes that are timed.
TRAINED = "WARDROUND_BENCH_PROJECT"
#: Rows that the peer works on together, as the parts of ours.
BATCH = 131_072


def home() -> Path:
    """The project that is scored: this repository where `dvc repro` has run, otherwise the same, trained for this."""
    return Path(os.environ.get(TRAINED, ROOT))


def make(place: Path, rows: int) -> Path:
    """The reference project's snapshot again and again under other names, whole subjects together."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import parquet

    path = place / f"encounters-{rows}.parquet"
    parts = [parquet.read_table(part) for part in sorted((home() / "data" / "snapshot").glob("*.parquet"))]
    table = pa.concat_tables(parts)
    table = table.select([name for name in table.column_names if not name.startswith("wr_")]).replace_schema_metadata(
        None
    )
    left, writer = rows, None
    while left > 0:
        some = table.slice(0, left)
        for name in ("subject_id", "encounter_id"):
            at = some.column_names.index(name)
            text = pc.binary_join_element_wise(some[name].cast(pa.string()), f"-{left}", "")
            some = some.set_column(at, name, text)
        writer = writer or parquet.ParquetWriter(path, some.schema)
        writer.write_table(some)
        left -= len(some)
    if writer is not None:
        writer.close()
    return path


def ours(source: Path, output: Path, *, log: bool) -> int:
    """Rows scored by Wardround."""
    from wardround.scoring import ScoreRequest, score
    from wardround.service.settings import LogPlace, Settings

    place = LogPlace(str(output.parent / "log"), output.parent / "wal", output.parent / "key", own_key=True)
    settings = Settings(home(), home() / "models" / "model", log=place if log else None)
    return score(ScoreRequest(settings, str(source), str(output), output.parent / "scratch")).rows


def peer(source: Path, output: Path) -> int:
    """Rows scored by hand; subjects lie together in the file, so a batch is cut where one ends."""
    import pandas as pd
    from pyarrow import parquet

    builder, spec, estimator, calibration, withheld = loaded()
    from wardround.stages.features import encode, frames
    from wardround.stages.serving.scorer import calibrated

    output.mkdir()
    rows, kept = 0, None
    batches = parquet.ParquetFile(source).iter_batches(BATCH)
    for number, batch in enumerate([*batches, None]):
        frame = kept if batch is None else batch.to_pandas(types_mapper=frames._TYPES.get)  # noqa: SLF001 - the types that the features know
        if batch is not None and kept is not None:
            frame = pd.concat([kept, frame], ignore_index=True)
        if frame is None:
            break
        last = frame["subject_id"] == frame["subject_id"].iloc[-1] if batch is not None else frame["subject_id"].isna()
        kept, frame = frame[last], frame[~last].reset_index(drop=True)
        if frame.empty:
            continue
        frame = frame.drop(columns=list(withheld), errors="ignore")
        frame["wr_encounter"], frame["wr_subject"], frame["wr_time"] = (
            frame["encounter_id"],
            frame["subject_id"],
            frame["admitted_at"],
        )
        frame["wr_site"] = frame["hospital"]
        features = builder.function.call(frame, dict(builder.settings))
        raw = estimator.predict_proba(encode(features, spec))[:, 1]
        answers = pd.DataFrame({"encounter": frame["encounter_id"], "probability": calibrated(raw, calibration)})
        answers.to_parquet(output / f"part-{number:05d}.parquet", index=False)
        rows += len(frame)
    return rows


def loaded() -> Any:
    """What the peer needs of the project."""
    from wardround import contract
    from wardround.project.layout import Project
    from wardround.stages.features import frames
    from wardround.stages.features.building import Builder
    from wardround.stages.serving import store
    from wardround.stages.serving.scorer import load

    project = Project(home())
    params, layout = project.params, project.layout
    withheld = frames.withheld(params.data.columns, contract.load(layout.contract))
    builder = Builder.load(layout.features_code, params.features.settings, withheld)
    scorer = load(layout.model)
    return builder, scorer.spec, store.loads((layout.model / "model.skops").read_bytes()), scorer.calibration, withheld


def model_alone(rows: int, *, fast: bool) -> float:
    """Seconds for the probabilities of a matrix that is there."""
    import numpy as np

    from wardround.project.layout import Project
    from wardround.scoring.answering import PartAnswerer
    from wardround.service.engine import Engine
    from wardround.service.settings import Settings
    from wardround.stages.features.reading import read_matrix

    engine = Engine.load(Settings(home(), home() / "models" / "model"))
    matrix = np.resize(read_matrix(Project(home()).layout, engine.scorer.spec), (rows, len(engine.scorer.spec.names)))
    if fast:
        answerer = PartAnswerer(engine, (home() / "models" / "model" / "serving.tl").read_bytes())
        answerer.probabilities(matrix[:1])
        begun = time.perf_counter()
        answerer.probabilities(matrix)
        return time.perf_counter() - begun
    _, _, estimator, calibration, _ = loaded()
    from wardround.stages.serving.scorer import calibrated

    begun = time.perf_counter()
    calibrated(estimator.predict_proba(matrix)[:, 1], calibration)
    return time.perf_counter() - begun


def child(what: str, source: Path, rows: int) -> dict[str, float]:
    """One side in a process of its own: seconds and most memory."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", what, str(source), str(rows)], check=False, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    found: dict[str, float] = json.loads(done.stdout)
    return found


def work(what: str, source: Path, rows: int) -> None:
    """What a child does: a small run first, so that imports and compiled code are there, then the one that is timed."""
    if what in {"matrix", "predict_proba"}:
        print(json.dumps({"seconds": model_alone(rows, fast=what == "matrix")}))
        return
    with tempfile.TemporaryDirectory() as place:
        small = make(Path(place), 2000)

        def run(name: str, path: Path) -> int:
            output = Path(place) / name / "out"
            output.parent.mkdir()
            return peer(path, output) if what == "pandas" else ours(path, output, log=what == "log")

        run("small", small)
        begun = time.perf_counter()
        done = run("large", source)
        seconds = time.perf_counter() - begun
    assert done == rows, (done, rows)
    print(json.dumps({"seconds": seconds, "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def main() -> None:
    options = arguments(__doc__, runs=5, rows=1_000_000, features=1, log=0, memory=0)
    with tempfile.TemporaryDirectory() as place:
        if not (ROOT / "data" / "snapshot").is_dir() or not (ROOT / "models" / "model").is_dir():
            os.environ[TRAINED] = str(serving.trained(Path(place) / "project").root)
        rows = options.rows
        source = make(Path(place), rows)
        sides = ("score", "pandas") if options.features else ("matrix", "predict_proba")
        result = paired(*(lambda side=side: child(side, source, rows)["seconds"] for side in sides), options.runs)
        times = 1 / result["ratio"]
        what = f"wardround score, {rows:,} rows" if options.features else f"the model alone, {rows:,} rows"
        tell(what, "pandas + predict_proba" if options.features else "predict_proba", "0.20", result, options.out)
        print(f"  {times:.1f} times the rows per second (limit 5); {rows / result['ours_seconds']:,.0f} rows a second")
        if options.log:
            seconds = child("log", source, rows)["seconds"]
            print(f"  with the prediction log: {seconds:.2f} s, {rows / seconds:,.0f} rows a second")
        for count in (options.memory // 10, options.memory) if options.memory else ():
            found = child("log", make(Path(place), count), count)
            print(f"  {count:,} rows with the log: {found['seconds']:.1f} s, at most {found['mib']:,.0f} MiB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        work(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
