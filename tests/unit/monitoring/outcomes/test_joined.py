"""The groups of a window: those that the log holds."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from wardround.evidence.monitor import Span
from wardround.monitoring.outcomes.answered import Answered
from wardround.monitoring.outcomes.joined import Joined, group
from wardround.project.judging import Subgroup

SPAN = Span(name="w", start=dt.date(2026, 3, 2), end=dt.date(2026, 3, 9))


def window(**columns: list[object]) -> Joined:
    n, nothing = 2, np.zeros(2, np.int64)
    answered = Answered(
        SPAN, {"v1": n}, nothing, nothing, 0.0, np.zeros(n, "S16"), np.ones(n, bool), nothing, nothing,
        np.full(n, 0.2), pd.DataFrame(columns),
    )  # fmt: skip
    return Joined(answered, np.zeros(n, np.int8), nothing)


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ({"sex": ["f", "m"], "hospital": ["a", "b"]}, ["sex", "site"]),
        ({"sex": ["f", "m"]}, ["sex"]),  # hospitals are free text, which the log does not keep
        ({"hospital": ["a", "b"]}, ["site"]),
    ],
)
def test_a_column_that_the_log_does_not_hold_is_left_out(columns, names):
    declared = (Subgroup(column="sex"), Subgroup(column="site"))
    assert [item.column for item in group(window(**columns), declared, "hospital")] == names
