"""A look at the stage of a silent trial leaves the evidence that promotion reads."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from watched_ward import START, ward

from wardround.evidence.base import read
from wardround.evidence.trial import Trial
from wardround.flows.monitor.run import monitor

_STAGES = "stages:\n  prod: {}\n  everywhere: {silent_days: 7, silent_in: prod, matured_outcomes: 100}\n"


@pytest.mark.parametrize("silent", [True, False])
def test_the_trial_is_counted_where_one_is_demanded(tmp_path: Path, silent: bool) -> None:
    place = ward(tmp_path / "clinic")
    if silent:
        params = place.root / "params.yaml"
        params.write_text(params.read_text("utf-8") + _STAGES, "utf-8")
    place.weeks(2, 31)
    rows, place.rows = place.rows, place.rows[:250]
    place.outcomes()
    monitor(place.request(14, record=False, alert=False))
    found = read(Trial, place.root / "reports" / "trial.json").value
    if not silent:
        assert found is None
        return
    assert found is not None
    assert (found.project, found.version, found.stage) == (place.project.params.project.name, "v1.0.0", "prod")
    assert (found.first, found.last) == (START, START + dt.timedelta(days=13))
    assert (found.answered, found.matured) == (len(rows) // 10 * 10, 250)
