"""400 days that nobody looked at: one look counts each encounter once, and says of each window what a look of its own says."""

import dataclasses
import datetime as dt

import pytest

from wardround.monitoring.outcomes import look

pytestmark = pytest.mark.slow


def test_a_backlog_is_looked_at_like_a_week(world):
    for place in range(400):
        world.day(place, 60, shift=1.2 if place >= 385 else 0.0)
        if place % 100 == 99:
            world.outcomes(world.rows[-6000:], f"{place}.csv")
    request = world.request(57)
    found = look(request)
    assert found.answers == found.outcomes == 57 * 7 * 60
    assert len(found.mature) == 57
    assert [item.since for item in found.findings if item.rule == "calibration.decay" and not item.subject] == ["w56"]
    short = dataclasses.replace(
        request, windows=request.windows[40:48], until=request.windows[47].end + dt.timedelta(days=6)
    )
    names = {span.name for span in short.windows}
    own = [item for item in look(short).signals if item.rule not in {"service.throughput", "calibration.concept"}]
    same = [
        item
        for item in found.signals
        if item.window in names and item.rule not in {"service.throughput", "calibration.concept"}
    ]
    assert own == same
