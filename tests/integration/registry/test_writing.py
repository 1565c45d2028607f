"""Tags that are made here, by gto's library: once, in order, and whatever others do at the same time."""

import gto.api
import pytest
from racing import race
from tagged import NAME, START, Made, git, stage_record, version_record

from wardround.errors import EnvironmentFailure, UsageError
from wardround.registry.bump import Level
from wardround.registry.fold import state_of
from wardround.registry.local import LocalTags
from wardround.registry.tags import read
from wardround.registry.writing import (
    NewStage,
    NewVersion,
    Taken,
    next_version,
    register,
    write_stage,
    write_version,
)


class Clock:
    """Stands still unless somebody waits."""

    def __init__(self, time=START + 1000):
        self.time = time
        self.waited = 0.0

    def __call__(self):
        return self.time

    def sleep(self, seconds):
        self.waited += seconds
        self.time += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def made(repository):
    return repository(4)


@pytest.fixture
def place(made, clock):
    return LocalTags(made.path, "Ada", "ada@example.org", clock, clock.sleep)


def first(made):
    return NewVersion("v1.0.0", version_record(made.commits[0]), ("The first version.",))


def into(made, stage="prod", version="v1.0.0", number=0, **changes):
    record = stage_record(version, version_record(made.commits[number]), made.commits[-1], **changes)
    return NewStage(stage, record, (f"Into {stage}.",))


def test_a_version_is_made_once(made, place):
    one = register(place, NAME, first(made))
    assert (one.version, one.commit, one.time) == ("v1.0.0", made.commits[0], START + 1000)
    assert (one.tag.tagger, one.tag.email, one.tag.offset) == ("Ada", "ada@example.org", 0)
    assert register(place, NAME, first(made)) == one
    assert [tag.name for tag in read(made.path)] == [f"{NAME}@v1.0.0"]
    assert gto.api.show(str(made.path))[NAME]["version"] == "v1.0.0"


def test_the_same_record_at_the_same_second_is_the_same_object(made, place, tmp_path):
    """Deterministic: tagger, time, target and record are all there is in a tag."""
    one = register(place, NAME, first(made))
    git(made.path, "tag", "-d", f"{NAME}@v1.0.0")
    assert register(place, NAME, first(made)).tag.object == one.tag.object


def test_a_commit_is_one_version(made, place):
    register(place, NAME, first(made))
    other = version_record(made.commits[0], reason="something else")
    with pytest.raises(UsageError, match="a version already, with other contents") as caught:
        register(place, NAME, NewVersion("v1.0.1", other, ("Again.",)))
    assert caught.value.problems[0].found == "reason differ"


def test_a_name_that_others_took(made, place):
    register(place, NAME, first(made))
    git(made.path, "tag", f"{NAME}@v1.1.0", made.commits[3])  # lightweight: no state, but the name is gone
    record = version_record(made.commits[1])
    for name in ("v1.0.0", "v1.1.0"):
        with pytest.raises(Taken, match="of another commit"):
            register(place, NAME, NewVersion(name, record, ("Second.",)))
    state = state_of(made.path, NAME)
    assert next_version(state, Level.MINOR) == "v1.2.0"
    assert next_version(state, Level.MAJOR) == "v2.0.0"
    found = write_version(place, NAME, lambda state: NewVersion(next_version(state, Level.MINOR), record, ("Next.",)))
    assert found.version == "v1.2.0"


def test_the_next_version_follows_what_was_withdrawn_too(made, place):
    register(place, NAME, first(made))
    made.tag(Made(f"{NAME}@v1.0.0!", 0, START + 2000))
    state = state_of(made.path, NAME)
    assert (state.latest, next_version(state, Level.PATCH)) == (None, "v1.0.1")


def test_stages_are_numbered_as_gto_numbers_them(made, place, clock):
    register(place, NAME, first(made))
    names = [
        write_stage(place, NAME, into(made, stage, pull=number)).tag.name
        for number, stage in enumerate(("staging", "prod", "prod"))
    ]
    assert names == [f"{NAME}#staging#1", f"{NAME}#prod#2", f"{NAME}#prod#3"]
    assert clock.waited == 1  # two of one stage are never of one second
    clock.sleep(1)
    gto.api.assign(str(made.path), NAME, "prod", version="v1.0.0", force=True, author="Eve", author_email="e@e")
    git(made.path, "tag", "-d", f"{NAME}#staging#1")
    assert write_stage(place, NAME, into(made, "staging", pull=9)).tag.name == f"{NAME}#staging#5"


def test_a_merged_change_is_tagged_once_even_when_later_ones_were(made, place):
    register(place, NAME, first(made))
    one = write_stage(place, NAME, into(made, pull=1))
    two = write_stage(place, NAME, into(made, pull=2))
    assert write_stage(place, NAME, into(made, pull=1)) == one
    assert write_stage(place, NAME, into(made, pull=2)) == two
    assert len(read(made.path)) == 3


def test_a_break_glass_is_the_same_only_while_it_holds(made, place):
    register(place, NAME, first(made))
    glass = into(made, pull=None, break_glass=True, reason="it alarms all the time")
    one = write_stage(place, NAME, glass)
    assert write_stage(place, NAME, glass) == one
    write_stage(place, NAME, into(made, pull=2))
    again = write_stage(place, NAME, glass)
    assert again.number == 3
    assert state_of(made.path, NAME).at("prod") == again


def test_only_a_version_that_counts_goes_into_a_stage(made, place):
    with pytest.raises(UsageError, match="does not count") as caught:
        write_stage(place, NAME, into(made))
    assert "no tag of it" in caught.value.problems[0].found
    register(place, NAME, first(made))
    made.tag(Made(f"{NAME}@v1.0.0!", 0, START + 2000))
    with pytest.raises(UsageError, match="was withdrawn"):
        write_stage(place, NAME, into(made))
    with pytest.raises(UsageError, match="cannot be a stage"):
        write_stage(place, NAME, into(made, "Prod"))


def test_a_new_tag_waits_for_clocks_that_are_ahead_and_refuses_what_would_not_take_effect(made, place, clock):
    register(place, NAME, first(made))
    made.tag(Made(f"{NAME}#prod#1", 0, START + 1010, made.stage_text("v1.0.0", 0)))
    found = write_stage(place, NAME, into(made, pull=2))
    assert (found.time, clock.waited) == (START + 1011, 11)
    assert state_of(made.path, NAME).at("prod") == found
    made.tag(Made(f"{NAME}#prod#3", 0, START + 5000, made.stage_text("v1.0.0", 0)))
    with pytest.raises(EnvironmentFailure, match="dated in the future") as caught:
        write_stage(place, NAME, into(made, pull=4))
    assert caught.value.problems[0].found == "3990 s ahead of this clock"
    assert write_stage(place, NAME, into(made, "staging")).number == 4  # another stage does not mind


def test_a_clock_that_stands_still_ends(made):
    place = LocalTags(made.path, "Ada", "a@example.org", lambda: START, lambda seconds: None)
    register(place, NAME, first(made))
    write_stage(place, NAME, into(made, pull=1))
    with pytest.raises(EnvironmentFailure, match="dated in the future"):
        write_stage(place, NAME, into(made, pull=2))


def test_git_says_why_it_cannot(made, place, monkeypatch):
    for key in ("GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.delenv(key)
    git(made.path, "config", "user.useConfigOnly", "true")
    with pytest.raises(EnvironmentFailure, match="git could not make the tag") as caught:
        register(LocalTags(made.path), NAME, first(made))
    assert "user.email" in caught.value.problems[0].found or "tell me who you are" in caught.value.problems[0].found
    assert read(made.path) == ()


def test_the_environment_is_as_it_was(made, place, monkeypatch):
    import os

    monkeypatch.setenv("GIT_COMMITTER_DATE", "@1 +0000")
    before = dict(os.environ)
    register(place, NAME, first(made))
    assert dict(os.environ) == before


@pytest.mark.parametrize(("writers", "each"), [(2, 2), pytest.param(5, 4, marks=pytest.mark.slow)])
def test_writers_of_different_changes_all_get_their_numbers(made, place, tmp_path, writers, each):
    register(place, NAME, first(made))
    jobs = [[f"prod:{writer + 1}", *[made.commits[0]] * each] for writer in range(writers)]
    answers = race(tmp_path / "go", str(made.path), jobs)
    state = state_of(made.path, NAME)
    names = [name for answer in answers for name, _ in answer]
    assert sorted(names) == sorted(f"{NAME}#prod#{number}" for number in range(1, writers * each + 1))
    assert not state.problems
    # the numbers are in the order of time, so that what was made last is what holds
    times = [item.time for item in sorted(state.assignments, key=lambda item: item.number)]
    assert times == sorted(set(times))
    assert state.at("prod").number == writers * each


def test_writers_of_one_change_make_one_tag(made, place, tmp_path):
    register(place, NAME, first(made))
    answers = race(tmp_path / "go", str(made.path), [["prod", made.commits[0]]] * 2)
    assert [answer[0][0] for answer in answers] == [f"{NAME}#prod#1"] * 2
    assert [tag.name for tag in read(made.path)] == [f"{NAME}#prod#1", f"{NAME}@v1.0.0"]


def test_releases_of_one_commit_and_of_two(made, tmp_path):
    one, two = made.commits[:2]
    answers = race(tmp_path / "go", str(made.path), [["version", one], ["version", one], ["version", two]])
    assert answers[0] == answers[1] != answers[2]
    state = state_of(made.path, NAME)
    assert sorted(item.version for item in state.versions) == ["v1.0.0", "v1.1.0"]
    assert not state.problems
    later = state.version("v1.1.0")
    assert later.record.previous == "v1.0.0"
    assert {item["version"] for item in gto.api.show(str(made.path), NAME)} == {"v1.0.0", "v1.1.0"}
