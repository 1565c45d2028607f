"""Shared by the contract's and the profile's benchmarks: a table of 50 columns made once, and measuring in child processes.

25 floats (rounded as laboratories do), 10 integers, 10 categories, 3 booleans, an identifier and a time; 2 % missing where it is allowed; every value
satisfies the contract. Run as ``wide.py TASK FILE`` it does one task and prints seconds (without imports), peak memory and versions.
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

FLOATS = [f"lab_{number:02}" for number in range(25)]
INTEGERS = [f"count_{number:02}" for number in range(10)]
CATEGORIES = [f"code_{number:02}" for number in range(10)]
BOOLEANS = [f"flag_{number:02}" for number in range(3)]
LEVELS = [f"level_{number:02}" for number in range(12)]
GROUP = 131_072


def contract() -> str:
    lines = [
        "import pandas as pd",
        "import pandera.pandas as pa",
        "from pandera.typing import Series",
        "",
        "",
        "class Encounters(pa.DataFrameModel):",
    ]
    lines.append("    encounter: Series[str] = pa.Field(unique=True, str_matches=r'^e[0-9]{9}$')")
    lines.append(
        "    seen: Series[pd.Timestamp] = pa.Field(ge=pd.Timestamp('2020-01-01'), lt=pd.Timestamp('2026-01-01'))"
    )
    lines += [f"    {name}: Series[float] = pa.Field(ge=0, le=1000, nullable=True)" for name in FLOATS]
    lines += [
        f"    {name}: Series[pd.Int64Dtype] = pa.Field(in_range={{'min_value': 0, 'max_value': 120}}, nullable=True)"
        for name in INTEGERS
    ]
    lines += [f"    {name}: Series[str] = pa.Field(isin={LEVELS!r}, nullable=True)" for name in CATEGORIES]
    lines += [f"    {name}: Series[pd.BooleanDtype] = pa.Field(nullable=True)" for name in BOOLEANS]
    return "\n".join(lines) + "\n"


def make(path: Path, rows: int) -> Path:
    """The file of ``rows`` rows, made if it is not there yet."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    path.mkdir(parents=True, exist_ok=True)
    file = path / f"wide-{rows}.parquet"
    if file.exists():
        return file
    (path / "contract.py").write_text(contract())
    rng = np.random.default_rng(20260101)
    writer = None
    for start in range(0, rows, GROUP):
        n = min(GROUP, rows - start)
        data = {"encounter": pa.array([f"e{number:09}" for number in range(start, start + n)])}
        data["seen"] = pa.array(
            np.datetime64("2020-01-01", "us") + rng.integers(0, 6 * 365 * 86400, n) * np.timedelta64(10**6, "us")
        )
        for name in FLOATS:
            data[name] = pa.array(np.round(np.minimum(rng.lognormal(3, 0.6, n), 1000), 2), mask=rng.random(n) < 0.02)
        for name in INTEGERS:
            data[name] = pa.array(rng.integers(0, 121, n), mask=rng.random(n) < 0.02)
        for name in CATEGORIES:
            data[name] = pa.DictionaryArray.from_arrays(
                pa.array(rng.integers(0, 12, n, np.int8), mask=rng.random(n) < 0.02), LEVELS
            ).cast(pa.string())
        for name in BOOLEANS:
            data[name] = pa.array(rng.random(n) < 0.3, mask=rng.random(n) < 0.02)
        table = pa.table(data)
        writer = writer or pq.ParquetWriter(path / "making", table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()
    (path / "making").replace(file)
    return file


def child(task: str, file: Path, python: str = sys.executable) -> dict:
    """One task in its own process: seconds without imports, peak resident memory in MiB, versions."""
    root = Path(__file__).resolve().parent.parent / "src"
    done = subprocess.run(
        [python, __file__, task, str(file)],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{task} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def batches(file: Path, columns=None, encoded=()):
    import pyarrow.parquet as pq

    with pq.ParquetFile(file, read_dictionary=list(encoded), pre_buffer=False) as part:
        yield from part.iter_batches(GROUP, columns=columns)


def task_floor(file: Path):
    import pyarrow as pa

    def work():
        return sum(batch.num_rows for batch in batches(file))

    return work, {"pyarrow": pa.__version__}


def task_contract(file: Path):
    import wardround
    from wardround.contract import checking, load
    from wardround.stages.validate.snapshot import ahead

    held = load(file.parent / "contract.py")

    def work():
        outcome = checking.check(held, lambda names: ahead(batches(file, names, CATEGORIES)))
        assert not any(count.failures for count in outcome.counts)
        assert all(count.failures is not None for count in outcome.counts)
        return outcome.rows

    return work, {"wardround": wardround.__version__}


def task_profile(file: Path):
    import wardround
    from wardround.contract import load
    from wardround.profile import Profiler
    from wardround.stages.validate.passes import specs
    from wardround.stages.validate.snapshot import ahead

    held = specs(load(file.parent / "contract.py"))

    def work():
        profiler = Profiler(held)
        for batch in ahead(batches(file, None, CATEGORIES)):
            profiler.look(batch)
        return profiler.profile().rows

    first = next(batches(file, None, CATEGORIES))
    Profiler(held).look(first.slice(0, 10))  # what is imported late is imported
    return work, {"wardround": wardround.__version__}


def task_pandera(file: Path):
    import pandas as pd
    import pandera
    import pyarrow.parquet as pq

    from wardround.contract import load

    schema = load(file.parent / "contract.py").schema

    def work():
        frame = pq.read_table(file).to_pandas(split_blocks=True, self_destruct=True)
        frame = frame.astype(
            {**dict.fromkeys(INTEGERS, "Int64"), **dict.fromkeys(BOOLEANS, "boolean"), "seen": "datetime64[ns]"}
        )
        started = time.perf_counter()
        schema.validate(frame, lazy=True)
        work.part = time.perf_counter() - started
        return len(frame)

    return work, {"pandera": pandera.__version__, "pandas": pd.__version__}


def task_expectations(file: Path):
    import great_expectations as gx
    import pandas as pd
    from great_expectations import expectations as e

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("table")
    definition = asset.add_batch_definition_whole_dataframe("all")
    suite = context.suites.add(gx.ExpectationSuite("contract"))
    wanted = [
        e.ExpectColumnValuesToNotBeNull(column="encounter"),
        e.ExpectColumnValuesToBeUnique(column="encounter"),
        e.ExpectColumnValuesToMatchRegex(column="encounter", regex="^e[0-9]{9}$"),
        e.ExpectColumnValuesToNotBeNull(column="seen"),
        e.ExpectColumnValuesToBeBetween(
            column="seen", min_value=pd.Timestamp("2020-01-01"), max_value=pd.Timestamp("2026-01-01"), strict_max=True
        ),
        *(e.ExpectColumnValuesToBeBetween(column=name, min_value=0, max_value=1000) for name in FLOATS),
        *(e.ExpectColumnValuesToBeBetween(column=name, min_value=0, max_value=120) for name in INTEGERS),
        *(e.ExpectColumnValuesToBeInSet(column=name, value_set=LEVELS) for name in CATEGORIES),
    ]
    for one in wanted:
        suite.add_expectation(one)

    def work():
        frame = pd.read_parquet(file)
        started = time.perf_counter()
        result = definition.get_batch({"dataframe": frame}).validate(suite, result_format="BASIC")
        work.part = time.perf_counter() - started
        assert result.success
        return len(frame)

    return work, {"great_expectations": gx.__version__, "pandas": pd.__version__, "expectations": len(wanted)}


if __name__ == "__main__":
    work, versions = globals()[f"task_{sys.argv[1]}"](Path(sys.argv[2]))
    started = time.perf_counter()
    rows = work()
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "rows": rows,
                "seconds": seconds,
                "without_reading": getattr(work, "part", None),
                "peak_mib": peak,
                "versions": versions,
            }
        )
    )
