"""Tags that are made on the forge: the sandbox's API, with writers that race."""

import time
from collections.abc import Iterator

import pytest
from racing import race
from tagged import NAME, Tagged, git, stage_record, version_record

from wardround.errors import UsageError
from wardround.forge import Credentials, Refused, connect
from wardround.forge.released import TagSpec
from wardround.registry.bump import Level
from wardround.registry.fold import fold, state_of
from wardround.registry.record import message
from wardround.registry.remote import ForgeTags
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
from wardround.sandbox.server import Sandbox

REPO = "acme/ml"


@pytest.fixture
def source(repository) -> Tagged:
    return repository(4)


@pytest.fixture
def sandbox(tmp_path, source) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "sandbox") as running:
        running.create_repository("acme", "ml", from_path=source.path)
        yield running


@pytest.fixture
def token(sandbox):
    return sandbox.create_user("acme")


@pytest.fixture
def forge(sandbox, token):
    made = connect(Credentials(REPO, token, sandbox.api_url))
    yield made
    made.close()


@pytest.fixture
def place(forge):
    return ForgeTags(forge, NAME)


def first(source):
    return NewVersion("v1.0.0", version_record(source.commits[0]), ("The first version.",))


def into(source, stage="prod", **changes):
    record = stage_record("v1.0.0", version_record(source.commits[0]), source.commits[-1], **changes)
    return NewStage(stage, record, (f"Into {stage}.",))


def test_the_forge_and_a_clone_say_the_same(source, place, forge):
    register(place, NAME, first(source))
    write_stage(place, NAME, into(source))
    forge.annotated_tag(TagSpec(f"{NAME}#prod#7", source.commits[1], "by hand"))
    forge.annotated_tag(TagSpec(f"{NAME}-2@v1.0.0", source.commits[1], "another project"))
    forge._calls.change(
        "POST", f"/repos/{REPO}/git/refs", {"ref": f"refs/tags/{NAME}@v9.0.0", "sha": source.commits[1]}
    )
    git(source.path, "fetch", "-q", "--tags", str(forge_path(source)))
    there, here = fold(place.tags(), NAME), state_of(source.path, NAME)
    facts = lambda state: [  # noqa: E731 - used twice, here
        (item.tag.name, item.version, item.time, item.tag.tagger, item.tag.email, item.record)
        for item in (*state.versions, *state.assignments)
    ]
    assert facts(there) == facts(here) != []
    named = {item.tag.name: item.what for item in there.problems}
    assert named == {item.tag.name: item.what for item in here.problems}
    assert set(named) == {f"{NAME}#prod#7", f"{NAME}@v9.0.0"}
    assert (there.highest, there.taken) == (here.highest, here.taken)


def forge_path(source):
    (found,) = [path for path in source.path.parent.glob("sandbox/**/*.git") if (path / "HEAD").is_file()]
    return found


def test_each_is_made_once_and_by_whom_the_forge_says(source, place):
    one = register(place, NAME, first(source))
    assert (one.tag.tagger, one.tag.annotated) == ("acme", True)
    assert abs(one.time - time.time()) < 60
    assert register(place, NAME, first(source)) == one
    two = write_stage(place, NAME, into(source))
    assert two.tag.name == f"{NAME}#prod#1"
    assert write_stage(place, NAME, into(source)) == two
    assert write_stage(place, NAME, into(source, "staging")).tag.name == f"{NAME}#staging#2"
    assert len(place.tags()) == 3


def test_what_a_clone_knows_is_not_asked_again(source, place, forge):
    register(place, NAME, first(source))
    forge.annotated_tag(TagSpec(f"{NAME}-2@v1.0.0", source.commits[1], "another project"))
    before = forge.calls
    assert place.tags() == place.tags()
    assert forge.calls - before == 2  # the list of references; the object is known, and the other project's not wanted
    git(source.path, "fetch", "-q", "--tags", str(forge_path(source)))
    knowing = ForgeTags(forge, NAME, read(source.path))
    before = forge.calls
    assert [tag.name for tag in knowing.tags()] == [f"{NAME}@v1.0.0"]
    assert forge.calls - before == 1


def test_a_number_that_somebody_took_meanwhile(source, place, forge):
    """The other's tag appears between our reading and our writing."""
    register(place, NAME, first(source))
    taken = into(source, pull=1)
    make, once = place.make, []

    def late(name, *rest):
        if not once:
            once.append(name)
            forge.annotated_tag(TagSpec(name, source.commits[0], message(taken.lines, taken.record)))
        return make(name, *rest)

    place.make = late
    assert write_stage(place, NAME, into(source, pull=2)).tag.name == f"{NAME}#prod#2"
    once.clear()
    # the same change, made by the other meanwhile: theirs is ours
    taken = into(source, pull=3)
    assert write_stage(place, NAME, taken).tag.name == f"{NAME}#prod#3"
    assert len(place.tags()) == 4


def test_a_version_that_somebody_took_meanwhile(source, place, forge):
    register(place, NAME, first(source))
    record = version_record(source.commits[1])
    register(place, NAME, NewVersion("v1.1.0", record, ("Second.",)))
    other = version_record(source.commits[2])
    with pytest.raises(Taken):
        register(place, NAME, NewVersion("v1.1.0", other, ("Third.",)))
    compose = lambda state: NewVersion(next_version(state, Level.MINOR), other, ("Third.",))  # noqa: E731
    assert write_version(place, NAME, compose).version == "v1.2.0"
    with pytest.raises(UsageError, match="other contents"):
        register(place, NAME, NewVersion("v1.3.0", version_record(source.commits[2], reason="no"), ("Again.",)))


def test_who_may_not_gets_the_forges_words(source, sandbox, place):
    register(place, NAME, first(source))
    eve = connect(Credentials(REPO, sandbox.create_user("eve"), sandbox.api_url))
    with pytest.raises(Refused):
        write_stage(ForgeTags(eve, NAME), NAME, into(source))
    eve.close()
    assert len(place.tags()) == 1


def test_writers_that_race(source, sandbox, token, place, tmp_path):
    register(place, NAME, first(source))
    commit = source.commits[0]
    jobs = [["prod:1", commit], ["prod:2", commit], ["prod", commit]]
    answers = race(tmp_path / "go", sandbox.api_url, jobs, WRITER_TOKEN=token)
    names = sorted(name for answer in answers for name, _ in answer)
    assert names == [f"{NAME}#prod#{number}" for number in (1, 2, 3)]
    state = fold(place.tags(), NAME)
    assert not state.problems
    times = [item.time for item in sorted(state.assignments, key=lambda item: item.number)]
    assert times == sorted(set(times))


@pytest.mark.slow
def test_releases_that_race(source, sandbox, token, place, tmp_path):
    one, two, three = source.commits[:3]
    jobs = [["version", one], ["version", one], ["version", two], ["version", three]]
    answers = race(tmp_path / "go", sandbox.api_url, jobs, WRITER_TOKEN=token)
    assert answers[0] == answers[1]
    state = fold(place.tags(), NAME)
    assert not state.problems
    assert sorted(item.version for item in state.versions) == ["v1.0.0", "v1.1.0", "v1.2.0"]
    previous = {item.version: item.record.previous for item in state.versions}
    assert previous == {"v1.0.0": None, "v1.1.0": "v1.0.0", "v1.2.0": "v1.1.0"}
