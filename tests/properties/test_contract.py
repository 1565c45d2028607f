"""The contract's counts are those of plain pandera, on any table."""

from collections import defaultdict

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow  # noqa: ICN001 - pa is pandera here
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaErrors

from wardround.contract.checking import check
from wardround.contract.rules import RULE_OF
from wardround.contract.translating import translate

ROWS = 30
PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
small = st.integers(-5, 5)
numbers = st.one_of(small.map(float), st.sampled_from([0.5, -0.0, 1e300, np.inf, -np.inf, np.nan]))
texts = st.sampled_from(["", "a", "b", "ab", "Ab", "é", "a b", "10", "nan"])
dates = st.sampled_from(pd.date_range("2024-01-30", periods=5, freq="D").tolist())


def odd(values):
    return values % 2 == 1


def short(value):
    return len(value) < 2


def some_positive(values):
    return values.empty or values.max() >= 0


def bounds(values):
    checks = st.sampled_from([pa.Check.ge, pa.Check.gt, pa.Check.le, pa.Check.lt])
    one = st.builds(lambda make, value: make(value), checks, values)
    both = st.builds(
        lambda pair, left, right: pa.Check.in_range(min(pair), max(pair), include_min=left, include_max=right),
        st.tuples(values, values).filter(lambda pair: pair[0] != pair[1]),
        st.booleans(),
        st.booleans(),
    )
    return one | both


def membership(values):
    some = st.lists(values, min_size=1, max_size=4)
    return (
        st.builds(pa.Check.isin, some)
        | st.builds(pa.Check.notin, some)
        | st.builds(pa.Check.eq, values)
        | st.builds(pa.Check.ne, values)
    )


text_checks = st.one_of(
    membership(texts),
    st.builds(lambda low, more: pa.Check.str_length(low, low + more), st.integers(0, 2), st.integers(0, 2)),
    st.sampled_from(["a", "[ab]+", "^.b", "b$", r"\d+"]).map(pa.Check.str_matches),
    st.sampled_from(["a", "b", " "]).map(pa.Check.str_contains),
    st.sampled_from(["a", "A"]).map(pa.Check.str_startswith),
    st.just(pa.Check(short, element_wise=True, name="short")),
)
finite = small.map(float) | st.just(0.5)
KINDS = {
    "integer": (
        pd.Int64Dtype(),
        small,
        bounds(small) | bounds(finite) | membership(small) | st.just(pa.Check(odd, name="odd")),
    ),
    "float": (
        float,
        numbers,
        bounds(finite) | membership(finite) | st.just(pa.Check(some_positive, name="some_positive")),
    ),
    "boolean": (pd.BooleanDtype(), st.booleans(), membership(st.booleans())),
    "text": (str, texts, text_checks),
    "datetime": (pd.Timestamp, dates, bounds(dates) | membership(dates)),
}


@st.composite
def tables(draw):
    rows = draw(st.integers(1, ROWS))
    columns, frame = {}, {}
    for number in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(sorted(KINDS)))
        dtype, values, checks = KINDS[kind]
        name = f"column {number}"
        cells = draw(st.lists(st.none() | values, min_size=rows, max_size=rows))
        frame[name] = pd.Series(
            cells, dtype="datetime64[ns]" if dtype is pd.Timestamp else "str" if dtype is str else dtype
        )
        unique = draw(st.booleans())
        columns[name] = pa.Column(
            dtype, draw(st.lists(checks, max_size=3)), nullable=draw(st.booleans()), unique=unique
        )
    together = draw(st.lists(st.sampled_from(sorted(columns)), max_size=2, unique=True))
    schema = pa.DataFrameSchema(columns, unique=together or None)
    return schema, pd.DataFrame(frame)


def by_pandera(schema, frame):
    """Failing row numbers by rule and column; a check of all rows together fails every row."""
    failing = defaultdict(set)
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        for failure in errors.schema_errors:
            name = failure.check.name if hasattr(failure.check, "name") else str(failure.check)
            column = failure.schema.name if failure.reason_code.name != "DUPLICATES" else ", ".join(schema.unique)
            rule = {
                "not_nullable": "nullable",
                "field_uniqueness": "unique",
                "multiple_fields_uniqueness": "unique",
            }.get(name, RULE_OF.get(name, name))
            if rule == "unique":  # pandera finds null duplicates and then leaves them out of its list
                indices = np.flatnonzero(frame.duplicated(column.split(", "), keep=False))
            elif isinstance(failure.failure_cases, pd.DataFrame):
                indices = failure.failure_cases["index"]
            else:
                indices = range(len(frame))
            failing[rule, column] |= {int(index) for index in indices}
    return {key: len(rows) for key, rows in failing.items() if rows}


def by_wardround(schema, frame, batch_rows):
    table = pyarrow.table({name: arrow(frame[name]) for name in frame})
    outcome = check(
        translate(schema, "test"),
        lambda names: iter(table.select(list(names or table.column_names)).to_batches(batch_rows)),
    )
    told = {(count.rule, count.column): count.failures for count in outcome.counts}
    return {key: failures for key, failures in told.items() if failures}, told


def arrow(series):
    if series.dtype == "str":
        return pyarrow.array(series.tolist(), pyarrow.string(), from_pandas=True)
    return pyarrow.Array.from_pandas(series)


@settings(deadline=None, max_examples=60, phases=PHASES, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_counts_equal_pandera(case):
    schema, frame = case
    ours, told = by_wardround(schema, frame, ROWS)
    assert ours == by_pandera(schema, frame)
    assert None not in told.values()


@settings(deadline=None, max_examples=25, phases=PHASES, suppress_health_check=[HealthCheck.too_slow])
@given(tables(), st.integers(1, ROWS))
def test_batches_do_not_change_counts(case, batch_rows):
    schema, frame = case
    _, whole = by_wardround(schema, frame, ROWS)
    _, parts = by_wardround(schema, frame, batch_rows)
    assert {key: value for key, value in parts.items() if value is not None} == {
        key: value for key, value in whole.items() if parts[key] is not None
    }
    assert all(rule == "some_positive" for (rule, _), value in parts.items() if value is None)
