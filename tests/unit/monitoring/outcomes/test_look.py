"""Whole looks at real logs and files: what moved, what is not known yet, and what counts once."""

import dataclasses
import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from wardround.compare import Scored, measure_population
from wardround.errors import EnvironmentFailure, UsageError
from wardround.evidence.measures import Metrics
from wardround.evidence.monitor import CauseKind, Severity, State
from wardround.monitoring.outcomes import look
from wardround.monitoring.performance.parts import settings


def alerts(found):
    return {item.rule for item in found.findings if item.severity is Severity.ALERT}


def kinds(found):
    return {cause.kind for cause in found.causes}


def signal(found, window, measure, **more):
    chosen = [
        item
        for item in found.signals
        if (item.window, item.measure) == (window, measure) and all(getattr(item, k) == v for k, v in more.items())
    ]
    assert len(chosen) == 1, (window, measure, more, chosen)
    return chosen[0]


@pytest.fixture(scope="module")
def validated():
    """What ``evaluate`` would say of the made-up model, which is right."""
    random = np.random.default_rng(99)
    x, z = random.normal(size=20_000), random.normal(size=20_000)
    probability = 1 / (1 + np.exp(1.5 - x - 0.5 * z))
    scored = Scored((random.random(20_000) < probability).astype(np.int8), np.arange(20_000), probability, days=100.0)
    from wardround.project.params import from_mapping

    params = from_mapping(
        {
            "project": {"name": "made-up"},
            "data": {"source": "files", "path": "x", "columns": {"outcome": "event"}},
            "evaluate": {"thresholds": [0.3]},
        }
    )
    measured = measure_population("all_comers", scored, settings(params))
    return Metrics(thresholds=(0.3,), populations=(measured,))


def filled(world, **later):
    for place in range(28):
        world.day(place, 150, **(later if place >= 14 else {}))
    world.outcomes()
    return world


def test_without_a_change_nothing_is_found(world, validated):
    found = look(filled(world).request(reference=validated))
    assert not found.findings
    assert not found.causes
    assert found.answers == found.outcomes == found.matured == 28 * 150
    assert found.mature == ("w1", "w2", "w3", "w4")
    oe = signal(found, "w4", "oe", column="")
    assert oe.estimate.low < 1 < oe.estimate.high
    assert oe.n == 7 * 150
    assert oe.events == sum(event for _, event, _ in world.rows[-7 * 150 :])


def test_a_changed_rate_is_prior_shift(world, validated):
    found = look(filled(world, shift=1.0).request(reference=validated))
    assert alerts(found) == {"calibration.decay"}
    assert kinds(found) == {CauseKind.PRIOR}
    finding = next(item for item in found.findings if item.severity is Severity.ALERT)
    assert (finding.since, finding.windows, finding.subject) == ("w3", ("w3", "w4"), "")
    assert not any(character.isdigit() for character in finding.summary)


def test_a_changed_meaning_is_concept_drift(world, validated):
    found = look(filled(world, slope=0.0).request(reference=validated))
    assert {"performance.decay", "calibration.concept"} <= alerts(found)
    assert kinds(found) == {CauseKind.CONCEPT}
    assert signal(found, "w4", "auroc_overestimated").crossed
    estimated = signal(found, "w4", "auroc_estimated")
    assert not estimated.crossed, "the estimate without outcomes is blind to this"
    assert "blind" in estimated.note


def test_a_region_that_is_off_is_named(world, validated):
    found = look(filled(world, concept=1.5).request(reference=validated))
    assert "calibration.concept" in alerts(found)
    (cause,) = found.causes
    assert cause.kind is CauseKind.CONCEPT
    assert cause.subject.startswith("x=")


def test_the_hospital_that_moved_is_named(world, validated):
    found = look(filled(world, north=0.0).request(reference=validated))
    assert "performance.decay" in alerts(found)
    about = {item.subject for item in found.findings if item.rule == "performance.decay"}
    assert "site=north" in about
    assert "site=south" not in about
    assert kinds(found) == {CauseKind.CONCEPT}


def test_other_patients_are_covariate_shift_and_do_no_harm(world, validated):
    found = look(filled(world, who=1.2).request(reference=validated))
    assert not alerts(found)
    assert kinds(found) == {CauseKind.COVARIATE}
    assert {item.rule for item in found.findings} == {"workload.scores"}


def test_immature_windows_never_alarm(world, validated):
    """Events are recorded at once and the others after weeks: measured now, the rate would be wrong."""
    for place in range(28):
        world.day(place, 150, delay=1.0)
    late = [(n, e, at if e else "2026-05-01T00:00:00Z") for n, e, at in world.rows]
    world.outcomes(late)
    params = world.params(maturity_days=40, known_share=0.01)
    found = look(world.request(reference=validated, params=params))
    assert not alerts(found)
    assert found.outcomes > 0
    assert found.matured == 0
    assert {item.state for item in found.signals if item.measure in {"auroc", "oe"}} == {State.IMMATURE}
    told = [item for item in found.findings if item.rule == "labels.immature"]
    assert [item.severity for item in told] == [Severity.WARNING]
    # the same outcomes would alarm if somebody said that they are mature
    wrong = look(world.request(reference=validated, params=world.params(maturity_days=0, known_share=0.01)))
    assert "calibration.decay" in alerts(wrong)


def test_old_windows_with_few_outcomes_are_not_measured(world, validated):
    filled(world, shift=1.0)
    world.outcomes(world.rows[::3])
    found = look(world.request(reference=validated))
    assert not alerts(found)
    assert not found.mature


def test_maturity_is_estimated_from_delays(world, validated):
    for place in range(28):
        world.day(place, 150, delay=10.0)
    world.outcomes()
    until = world.request().windows[-1].end - dt.timedelta(days=1)
    found = look(world.request(reference=validated, params=world.params(maturity_days=None), until=until))
    assert found.mature == ("w1", "w2")
    assert found.outcomes < found.answers
    assert [item.windows for item in found.findings if item.rule == "labels.immature"] == [("w3", "w4")]
    assert 0.3 < signal(found, "w4", "known_share").estimate.value < 0.5


@pytest.mark.parametrize(
    ("days", "today", "mature"),
    [(2, 2, True), (3, 2, False), (3, 3, True), (3, 40, True), (4, 40, False)],
)
def test_a_day_that_has_not_ended_is_no_day_of_waiting(world, days, today, mature):
    """The last window ends with the night to day 0. The look is at day 2: in its morning, or later as it was at its end."""
    for place in range(28):
        world.day(place, 40, delay=0.5)
    world.outcomes()
    end = world.request().windows[-1].end
    found = look(
        world.request(
            params=world.params(maturity_days=days),
            until=end + dt.timedelta(days=2),
            today=end + dt.timedelta(days=today),
        )
    )
    assert ("w4" in found.mature) is mature


def test_a_part_of_a_day_that_outcomes_take_is_waited_for_as_a_whole_one(world):
    """Every outcome takes between one day and two: they are all there when two days have passed."""
    for place in range(28):
        world.day(place, 40)
    told = {name: event for name, event, _ in world.rows}
    rows, start = [], world.request().windows[0].start
    for number, (name, event) in enumerate(told.items()):
        night = start + dt.timedelta(days=number // 40 + 1)  # the end of the next day: 24 to 48 hours later
        rows.append((name, event, f"{night}T23:59:59Z"))
    world.outcomes(rows)
    end = world.request().windows[-1].end
    for later, mature in ((1, False), (2, True)):
        found = look(world.request(params=world.params(maturity_days=None), until=end + dt.timedelta(days=later)))
        assert ("w4" in found.mature) is mature


def test_silence_can_mean_that_nothing_happened(world, validated):
    filled(world)
    events = [row for row in world.rows if row[1]]
    world.outcomes(events)
    params = world.params(silence="no_event")
    found = look(world.request(reference=validated, params=params))
    assert not found.findings
    assert found.matured == found.answers
    assert signal(found, "w1", "oe", column="").events == sum(event for _, event, _ in world.rows[: 7 * 150])


def test_silence_means_nothing_before_a_declared_day(world):
    with pytest.raises(UsageError, match="silence: no_event needs maturity_days"):
        world.params(silence="no_event", maturity_days=None)
    assert world.params(maturity_days=None).monitor.outcome.maturity_days is None


def test_silence_of_everybody_means_nothing(world, validated):
    filled(world)
    world.outcomes(world.rows[: 14 * 150])
    found = look(world.request(reference=validated, params=world.params(silence="no_event")))
    assert found.mature == ("w1", "w2")
    assert not alerts(found)


def test_a_look_at_an_old_day_sees_what_could_be_seen_then(world, validated):
    """The first two weeks, looked at on time and long after, give the same bytes."""
    for place in range(14):
        world.day(place, 150, delay=4.0)
    world.outcomes()
    request = world.request(2, reference=validated)
    then = look(request)
    for place in range(14, 40):
        world.day(place, 150, shift=2.0)
    changed = [(name, 1 - event, "2026-07-01T00:00:00Z") for name, event, _ in world.rows[:500]]
    world.outcomes([*world.rows, *changed])
    later = look(request)
    assert later.signals == then.signals
    assert [item for item in later.findings if item.rule != "labels.quality"] == list(then.findings)


def test_two_versions_in_a_window(world, validated):
    """The newer is measured; what the older said counts as workload and is said to be left out."""
    for place in range(28):
        if place < 25:
            world.day(place, 100)
        if place >= 14:
            world.day(place, 60, version="m@v1.1.0", shift=1.5)
    world.outcomes()
    found = look(world.request(reference=validated))
    assert found.version == "m@v1.1.0"
    assert found.versions == ("m@v1.0.0", "m@v1.1.0")
    assert signal(found, "w4", "oe", column="").n == 7 * 60
    assert signal(found, "w4", "alerts_per_day").n == 7 * 60 + 4 * 100
    assert signal(found, "w1", "oe", column="").state is State.TOO_FEW
    assert any("other versions" in text for text in found.skipped)
    older = look(world.request(reference=validated, version="m@v1.0.0"))
    assert signal(older, "w4", "oe", column="").n == 400
    assert not alerts(older)


def test_other_stages_are_not_this_one(world, validated):
    filled(world)
    for place in range(28):
        world.day(place, 50, stage="shadow", shift=3.0)
    world.outcomes()
    found = look(world.request(reference=validated))
    assert found.answers == 28 * 150
    assert not found.findings


def test_an_encounter_counts_once_whatever_is_asked_again(world, validated):
    filled(world)
    before = look(world.request(reference=validated))
    random = np.random.default_rng(3)
    names = [f"e{k}" for k in range(1000)]
    for place in (20, 21, 27):  # asked again weeks later, and again
        day = dt.date(2026, 3, 2) + dt.timedelta(days=place)
        moment = ((day - dt.date(1970, 1, 1)).days * 86_400 + random.integers(0, 86_400, 1000)) * 1_000_000
        world.write(
            day,
            names,
            moment,
            random.random(1000),
            file="again",
            x=random.normal(size=1000),
            sex=["f"] * 1000,
            site=["south"] * 1000,
        )
    world.outcomes([*world.rows, *world.rows], "twice.csv")
    after = look(world.request(reference=validated))
    assert (after.answers, after.outcomes) == (before.answers, before.outcomes)
    for window in ("w1", "w3", "w4"):
        assert signal(after, window, "oe", column="") == signal(before, window, "oe", column="")


@pytest.mark.parametrize("wrong", [float("nan"), 1.5, -0.1, float("inf")])
def test_an_answer_that_is_no_probability_is_named_with_its_file(world, validated, wrong):
    world.day(0)
    world.day(1, version="m@v0.9.0", file="old")
    place = next(Path(world.log).glob("date=*/part-m-v1.0.0-prod.parquet"))
    table = parquet.read_table(place)
    scores = table.column("probability").to_pylist()
    scores[3] = wrong
    column = table.column_names.index("probability")
    parquet.write_table(table.set_column(column, "probability", pa.array(scores)), place)
    world.day(6)
    world.outcomes()
    with pytest.raises(EnvironmentFailure, match="no probability") as caught:
        look(world.request(reference=validated))
    (problem,) = caught.value.problems
    assert problem.where.endswith(f"{place.parent.name}/{place.name}: probability")
    assert str(wrong) not in str(caught.value)


def test_an_empty_week_is_silence_and_no_error(world, validated):
    for place in range(28):
        if not place >= 21:
            world.day(place, 150)
    world.outcomes()
    found = look(world.request(reference=validated))
    assert alerts(found) == {"service.throughput"}
    assert kinds(found) == {CauseKind.SERVICE}
    assert signal(found, "w4", "auroc").state is State.TOO_FEW
    assert any("w4" in text for text in found.skipped)


def test_a_service_that_cannot_be_reached_is_an_alert_and_the_look_goes_on(world, validated, monkeypatch):
    monkeypatch.setattr("wardround.monitoring.service_health.prometheus.PAUSE", 0.01)
    filled(world, shift=1.0)
    without = look(world.request(reference=validated))
    params = world.params(service={"metrics": "http://127.0.0.1:9/metrics"})
    found = look(world.request(reference=validated, params=params))
    (said,) = [item for item in found.findings if item.rule == "service.reachable"]
    assert (said.severity, said.windows) == (Severity.ALERT, ("w4",))
    assert "127.0.0.1" not in said.model_dump_json()
    assert [item for item in found.findings if item is not said] == list(without.findings)
    assert alerts(found) == {*alerts(without), "service.reachable"} > {"service.reachable"}
    assert found.signals == without.signals


def test_wrong_time_zone_is_said(world, validated):
    filled(world)
    local = [
        (n, e, (dt.datetime.fromisoformat(at) - dt.timedelta(hours=30)).isoformat()[:19]) for n, e, at in world.rows
    ]
    world.outcomes(local)
    found = look(world.request(reference=validated))
    assert [(item.rule, item.severity) for item in found.findings] == [("labels.quality", Severity.WARNING)]
    assert "time zones" in found.findings[0].summary


def test_a_clock_that_ran_ahead_is_said(world, validated):
    filled(world)
    world.day(60, 5)
    request = world.request(reference=validated)
    found = look(request)
    assert any("clock is ahead" in item.summary for item in found.findings)
    assert found.answers == 28 * 150
    # a look at an old day meets later answers by right
    passed = look(dataclasses.replace(request, today=request.windows[0].start + dt.timedelta(days=60)))
    assert not any("clock is ahead" in item.summary for item in passed.findings)
    assert passed.signals == found.signals


def test_torn_files_are_named_and_nothing_counts_twice(world, validated):
    filled(world)
    half = len(world.rows) // 2
    whole = world.outcomes(world.rows, "whole.parquet")
    (world.root / "outcomes" / "torn.parquet").write_bytes(whole.read_bytes()[: 2 * whole.stat().st_size // 3])
    world.outcomes(world.rows[:half], "again.csv")
    found = look(world.request(reference=validated))
    assert found.outcomes == found.answers
    assert [item.severity for item in found.findings] == [Severity.WARNING]
    assert "outcomes: torn.parquet is torn" in found.skipped


def test_outcomes_that_belong_to_no_answer_are_not_said_to_be_missing(world, validated):
    filled(world)
    world.outcomes(world.rows, "all.csv")
    (said,) = look(replace(world.request(reference=validated), key=b"another key, as long as it should be")).findings
    assert (said.rule, said.severity) == ("labels.immature", Severity.WARNING)
    assert "WARDROUND_LOG_KEY_FILE" in said.advice


def test_a_torn_part_of_the_log_is_could_not_check(world, validated):
    filled(world)
    part = next((world.root / "log" / "date=2026-03-05").glob("*.parquet"))
    part.write_bytes(part.read_bytes()[:500])
    with pytest.raises(EnvironmentFailure, match="part of the prediction log") as error:
        look(world.request(reference=validated))
    assert part.name in error.value.problems[0].where


def test_without_outcomes_outputs_and_service_are_looked_at(world, validated):
    for place in range(28):
        world.day(place, 150)
    found = look(world.request(reference=validated, outcomes=None))
    assert not found.findings
    assert found.outcomes == 0
    assert signal(found, "w4", "auroc_estimated").state is State.ASSESSED
    assert signal(found, "w4", "auroc").state is State.IMMATURE


def test_the_same_look_twice_is_the_same(world, validated):
    request = filled(world, shift=0.7).request(reference=validated)
    assert look(request) == look(request)


def test_no_name_leaves(world, validated):
    found = look(filled(world, slope=0.0).request(reference=validated))
    text = repr(dataclasses.asdict(found))
    assert "e17" not in text.replace("e17e", "")
    assert not any(len(word) == 64 for word in text.split("'"))
