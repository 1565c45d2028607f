"""Evidence of a silent trial, from a real log: what promotion demands."""

import datetime as dt

from wardround.evidence.base import read
from wardround.evidence.trial import Trial
from wardround.monitoring.outcomes.silent import trial


def test_answers_of_the_trial_alone_are_counted_in_tens(world, tmp_path):
    for place in range(20):
        world.day(place, 50)
        if place >= 3:
            world.day(place, 7, stage="shadow", version="m@v1.1.0")
    shadow = [row for place, row in enumerate(world.rows) if place >= 150 and (place - 150) % 57 >= 50]
    world.outcomes([row for row in world.rows if row not in shadow[60:]])
    made = trial(world.request(), "m@v1.1.0", "shadow")
    assert made is not None
    assert (made.project, made.version, made.stage) == ("made-up", "v1.1.0", "shadow")
    assert (made.first, made.last) == (dt.date(2026, 3, 5), dt.date(2026, 3, 21))
    assert (made.answered, made.matured) == (17 * 7 // 10 * 10, 60)
    made.write(tmp_path / "trial.json")
    assert read(Trial, tmp_path / "trial.json").value == made


def test_the_look_ends_with_its_day(world):
    for place in range(10):
        world.day(place, 20, stage="shadow")
    world.outcomes()
    made = trial(world.request(until=dt.date(2026, 3, 4)), "m@v1.0.0", "shadow")
    assert (made.answered, made.last) == (60, dt.date(2026, 3, 4))


def test_no_answer_is_no_evidence(world):
    world.day(0, 20)
    world.outcomes()
    assert trial(world.request(), "m@v9.0.0", "shadow") is None
