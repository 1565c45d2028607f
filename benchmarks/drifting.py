"""Shared by the drift benchmark: one task in a process of its own, in the environment of whoever does it. Imports nothing of this project at the top.

Run as ``drifting.py TASK REFERENCE WINDOW`` it does one task and prints seconds (without imports), peak memory and versions.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path

NUMBERS = [f"lab_{number:02}" for number in range(25)] + [f"count_{number:02}" for number in range(10)]
LEVELS = [f"code_{number:02}" for number in range(10)] + [f"flag_{number:02}" for number in range(3)]
GROUP = 131_072


def task_floor(_reference: Path, window: Path):
    import pyarrow.parquet as pq

    def work():
        with pq.ParquetFile(window, pre_buffer=False) as part:
            return sum(batch.num_rows for batch in part.iter_batches(GROUP, columns=NUMBERS + LEVELS))

    return work, ("pyarrow",)


def task_wardround(reference: Path, window: Path):
    """The reference's profile is there: training made it."""
    import datetime as dt

    import pyarrow.parquet as pq

    from wardround.evidence.base import read
    from wardround.evidence.monitor import Span
    from wardround.evidence.profile import Profile
    from wardround.monitoring.drift import DriftRequest, Window, look
    from wardround.profile import ColumnSpec, Profiler

    kinds = {"lab": "float", "count": "integer", "code": "category", "flag": "boolean"}
    specs = [ColumnSpec(name, kinds[name.partition("_")[0]]) for name in NUMBERS + LEVELS]

    def work():
        held = read(Profile, reference.with_suffix(".json")).value
        profiler = Profiler(specs)
        codes = [name for name in LEVELS if name.startswith("code")]
        with pq.ParquetFile(window, read_dictionary=codes, pre_buffer=False) as part:
            for batch in part.iter_batches(GROUP, columns=NUMBERS + LEVELS):
                profiler.look(batch)
        span = Span(name="w", start=dt.date(2025, 1, 1), end=dt.date(2025, 1, 8))
        found = look(DriftRequest(held, (Window(span, profiler.profile()),)))
        assert len({signal.column for signal in found.signals}) == len(specs)
        return profiler.rows

    return work, ("pyarrow", "numpy")


def task_profile(reference: Path, _window: Path):
    """Makes the reference's profile; not part of the comparison."""
    import pyarrow.parquet as pq

    from wardround.profile import ColumnSpec, profile_batches

    kinds = {"lab": "float", "count": "integer", "code": "category", "flag": "boolean"}
    specs = [ColumnSpec(name, kinds[name.partition("_")[0]]) for name in NUMBERS + LEVELS]

    def work():
        made = profile_batches(specs, pq.ParquetFile(reference).iter_batches(GROUP))
        made.write(reference.with_suffix(".json"))
        return made.rows

    return work, ()


def task_evidently(reference: Path, window: Path):
    import pandas as pd
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    def work():
        definition = DataDefinition(numerical_columns=NUMBERS, categorical_columns=LEVELS)
        old, new = (
            Dataset.from_pandas(pd.read_parquet(path, columns=NUMBERS + LEVELS), data_definition=definition)
            for path in (reference, window)
        )
        result = Report([DataDriftPreset()]).run(new, old).dict()
        assert len(result["metrics"]) > len(NUMBERS)
        return len(new.as_dataframe())

    return work, ("evidently", "pandas")


def task_nannyml(reference: Path, window: Path):
    import nannyml
    import pandas as pd

    def work():
        old, new = (pd.read_parquet(path, columns=NUMBERS + LEVELS) for path in (reference, window))
        calculator = nannyml.UnivariateDriftCalculator(
            column_names=NUMBERS + LEVELS,
            treat_as_categorical=LEVELS,
            continuous_methods=["kolmogorov_smirnov", "jensen_shannon"],
            categorical_methods=["chi2", "jensen_shannon"],
            chunk_number=1,
        )
        result = calculator.fit(old).calculate(new)
        assert len(result.to_df())
        return len(new)

    return work, ("nannyml", "pandas")


if __name__ == "__main__":
    work, packages = globals()[f"task_{sys.argv[1]}"](Path(sys.argv[2]), Path(sys.argv[3]))
    started = time.perf_counter()
    rows = work()
    told = {
        "rows": rows,
        "seconds": time.perf_counter() - started,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "versions": {name: version(name) for name in packages},
    }
    print(json.dumps(told))
