"""The history's entries: named by their digest, linked to their parents, holding only what is new; any change of a byte shows."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from wardround.disclosure.watching import watched
from wardround.errors import GovernanceFinding
from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import MonitorEvidence, Signal, Span
from wardround.monitoring import history
from wardround.monitoring.history import Entry, History
from wardround.monitoring.windows import windows

NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
NAME = ("tiny", "prod")


def look(*values: float, project: str = "tiny", min_cell: int = 11) -> MonitorEvidence:
    """A look at as many windows as there are values of AUROC."""
    spans = tuple(
        Span(name=f"2026-03-{2 + place:02}", start=dt.date(2026, 3, 2 + place), end=dt.date(2026, 3, 3 + place))
        for place in range(len(values))
    )
    signals = tuple(
        Signal(
            rule="performance.decay",
            measure="auroc",
            window=span.name,
            n=500,
            minimum=30,
            estimate=Estimate(value=value),
        )
        for span, value in zip(spans, values, strict=True)
    )
    return MonitorEvidence(
        project=project, stage="prod", versions=("v1",), until=spans[-1].end, windows=spans, answers=500, outcomes=400,
        matured=300, signals=signals,
    )  # fmt: skip


def entry(past: History, evidence: MonitorEvidence, moment: dt.datetime, digest: str = "sha256:a") -> Entry:
    made = past.following(watched(evidence, min_cell=11), digest, moment)
    assert made is not None
    return made


def chain(*looks: MonitorEvidence) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for number, one in enumerate(looks):
        past = history.read(files, 11).get(NAME, History({}))
        made = entry(past, one, NOON + dt.timedelta(days=number))
        files[made.path] = made.content()
    return files


def test_an_entry_reads_back_as_it_was() -> None:
    made = entry(History({}), look(0.7, 0.8), NOON)
    assert history.parse(made.content(), 11) == made


def test_an_entry_holds_only_what_is_new() -> None:
    files = chain(look(0.7), look(0.7, 0.8), look(0.72, 0.8))
    entries = list(history.read(files, 11)[NAME].entries.values())
    assert [[item.window for item in one.watch.signals] for one in entries] == [
        ["2026-03-02"],
        ["2026-03-03"],
        ["2026-03-02"],
    ]
    newest = history.read(files, 11)[NAME].signals()
    assert {key[4]: item.estimate.value for key, item in newest.items()} == {"2026-03-02": 0.72, "2026-03-03": 0.8}


def test_the_same_evidence_on_the_same_day_is_recorded_once() -> None:
    past = History({"one": entry(History({}), look(0.7), NOON)})
    watch = watched(look(0.7), min_cell=11)
    assert past.following(watch, "sha256:a", NOON + dt.timedelta(hours=3)) is None
    assert past.following(watch, "sha256:b", NOON + dt.timedelta(hours=3)) is not None
    assert past.following(watch, "sha256:a", NOON + dt.timedelta(days=1)) is not None


def test_every_changed_bit_is_found() -> None:
    files = chain(look(0.7), look(0.7, 0.8))
    chance = random.Random(1)
    for path, content in files.items():
        for _ in range(60):
            place, bit = chance.randrange(len(content)), chance.randrange(8)
            changed = bytearray(content)
            changed[place] ^= 1 << bit
            with pytest.raises(GovernanceFinding):
                history.read({**files, path: bytes(changed)}, 11)


def test_a_deleted_entry_is_missed_by_the_next_and_a_cut_end_is_not() -> None:
    files = chain(look(0.7), look(0.7, 0.8), look(0.7, 0.8, 0.9))
    first, second, third = history.read(files, 11)[NAME].entries
    for gone in (first, second):
        with pytest.raises(GovernanceFinding, match="gone"):
            history.read({path: text for path, text in files.items() if path != gone}, 11)
    assert history.read({first: files[first], second: files[second]}, 11)[NAME].heads == (second,)
    assert history.read(files, 11)[NAME].heads == (third,)


def test_a_clock_that_was_set_back_does_not_turn_the_order_around() -> None:
    files = chain(look(0.7))
    past = history.read(files, 11)[NAME]
    late = entry(past, look(0.7, 0.8), NOON - dt.timedelta(days=5))
    files[late.path] = late.content()
    assert list(history.read(files, 11)[NAME].entries)[-1] == late.path


def test_a_look_at_an_old_day_does_not_take_the_place_of_newer_ones() -> None:
    """``--until`` says what was known then: fewer outcomes than are known now."""
    files = chain(look(0.7, 0.6, 0.5))
    past = history.read(files, 11)[NAME]
    old = entry(past, look(0.9, 0.9), NOON + dt.timedelta(days=9), "sha256:b")
    both = history.read({**files, old.path: old.content()}, 11)[NAME]
    assert both.heads == (old.path,)
    assert both.signals() == past.signals()
    assert both.last == past.last
    assert both.last_before(NOON + dt.timedelta(days=10)) == old.ran_at, "the monitor is alive all the same"


def test_parallel_entries_lie_side_by_side_and_the_next_joins_them() -> None:
    files = chain(look(0.7))
    past = history.read(files, 11)[NAME]
    for digest in ("sha256:b", "sha256:c"):
        made = entry(past, look(0.7, 0.8), NOON + dt.timedelta(days=1), digest)
        files[made.path] = made.content()
    joined = history.read(files, 11)[NAME]
    assert len(joined.heads) == 2
    assert entry(joined, look(0.7, 0.8, 0.9), NOON + dt.timedelta(days=2)).parents == joined.heads


def test_projects_do_not_mix() -> None:
    files = chain(look(0.7))
    other = entry(History({}), look(0.6, project="other"), NOON)
    files[other.path] = other.content()
    assert set(history.read(files, 11)) == {NAME, ("other", "prod")}
    newest = history.newest(files, "tiny", "prod", 11)
    assert newest is not None
    assert newest.watch.project == "tiny"


def test_a_stricter_project_refuses_what_was_written_with_a_smaller_limit() -> None:
    lax = watched(look(0.7), min_cell=5)
    made = History({}).following(lax, "sha256:a", NOON)
    assert made is not None
    with pytest.raises(GovernanceFinding, match="cannot be read"):
        history.read({made.path: made.content()}, 11)


def test_params_that_become_stricter_do_not_stop_the_monitor() -> None:
    """The branch only grows: were its entries refused, nobody could ever look again."""
    few = look(0.7, 0.6).model_copy(update={"answers": 20})
    few = few.model_copy(update={"signals": (few.signals[0].model_copy(update={"n": 20}), few.signals[1])})
    files = chain(few)
    past = history.read(files, 30)[NAME]
    assert [item.n.value for item in past.signals().values()] == [500], "20 may not be shown any more"
    following = entry(past, look(0.7, 0.6, 0.5), NOON + dt.timedelta(days=1), "sha256:b")
    assert following.parents == tuple(files)
    assert history.newest(files, "tiny", "prod", 30) is not None


@pytest.mark.parametrize("day", range(7))
def test_windows_are_whole_disjoint_and_the_same_all_week(day: int) -> None:
    until = dt.date(2026, 3, 9) + dt.timedelta(days=day)
    made = windows(until, 7, 4)
    assert [span.end for span in made[:-1]] == [span.start for span in made[1:]]
    assert made[-1].end == dt.date(2026, 3, 9)
    assert made[0].start.weekday() == 0
