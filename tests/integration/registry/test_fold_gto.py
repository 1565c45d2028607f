"""The fold says what gto says, on real repositories whose tags are drawn at random."""

import datetime as dt
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import gto.api
import pytest
from gto.exceptions import ArtifactNotFound, ManyVersions
from tagged import NAME, STAGES, START, Made, Tagged, history

from wardround.registry.fold import State, state_of
from wardround.registry.tags import read

SEEDS = range(20)


def by_gto(path: Path, commits: dict[str, str]) -> dict[str, object]:
    """What gto's own functions show: versions that count, stages, and which tag put it there."""
    names = lambda version: commits.get(version, version)  # noqa: E731 - a version without its tag is a commit to gto
    shown = gto.api.show(str(path)).get(NAME)
    if shown is None:
        return {"stages": {}, "latest": None, "versions": []}
    stages = {}
    for stage in STAGES:
        held = gto.api.show(str(path), f"{NAME}#{stage}")
        if held:
            (only,) = held
            (vstage,) = [item for item in only["stages"] if item["stage"] == stage]
            stages[stage] = (names(only["version"]), vstage["ref"])
    try:
        versions = gto.api.show(str(path), NAME)
    except ArtifactNotFound:
        versions = []
    return {
        "stages": stages,
        "latest": shown["version"],
        "versions": sorted(item["version"] for item in versions if item["registrations"]),
    }


def by_us(state: State, moment: dt.datetime | None = None) -> dict[str, object]:
    stages = {stage: held for stage in STAGES if (held := state.at(stage, moment)) is not None}
    deprecated = state.deprecated(moment)
    limit = moment.timestamp() if moment else float("inf")
    counting = [] if deprecated else {item.version for item in state.versions if item.time <= limit}
    latest = state.latest
    return {
        "stages": {stage: (item.version, item.tag.name) for stage, item in stages.items()},
        "latest": latest.version if latest else None,
        "versions": sorted(version for version in counting if state.active(version, moment)),
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_the_fold_is_gtos(repository, seed):
    made = repository(8)
    tags = history(made, seed)
    made.tag(*tags)
    state = state_of(made.path, NAME)
    assert not state.problems
    commits = {item.commit: item.version for item in state.versions}
    assert by_us(state) == by_gto(made.path, commits)
    assert len(state.versions) + len(state.assignments) + len(state.removals) == len(tags)


def test_the_histories_hold_what_they_are_for(tmp_path):
    """The seeds above have each kind of tag, ties, and numbers that do not follow time; and not one state only."""
    kinds, states, ties, disorder = Counter(), set(), 0, 0
    for seed in SEEDS:
        made = Tagged.create(tmp_path / str(seed), 8)
        tags = history(made, seed)
        made.tag(*tags)
        state = state_of(made.path, NAME)
        kinds.update(type(item).__name__ for item in (*state.versions, *state.assignments, *state.removals))
        kinds["deprecated"] += state.deprecated()
        times = [tag.time for tag in tags]
        ties += len(times) > len(set(times))
        numbered = sorted(state.assignments, key=lambda item: item.number)
        disorder += [item.time for item in numbered] != sorted(item.time for item in numbered)
        states.update((stage, held and held.version) for stage in STAGES for held in [state.at(stage)])
    assert min(kinds[kind] for kind in ("Version", "Assignment", "Removal")) > 40
    assert kinds["deprecated"] >= 2
    assert min(ties, disorder) >= 8
    assert len(states) > 15


@pytest.mark.parametrize("seed", range(100, 106))
def test_at_a_moment_it_is_what_gto_said_then(repository, tmp_path, seed):
    """gto cannot look back: it is asked in repositories that have no later tags.

    Versions come before stages: to gto a stage whose version has no tag yet is a commit, and a new one for each tag.
    """
    made = repository(6)
    tags = history(made, seed, 12, versions_first=True)
    made.tag(*tags)
    state = state_of(made.path, NAME)
    commits = {item.commit: item.version for item in state.versions}
    for number, time in enumerate(sorted({tag.time for tag in tags})[::3]):
        then = Tagged.create(tmp_path / f"then-{number}", 6)
        assert then.commits == made.commits
        then.tag(*(tag for tag in tags if tag.time <= time))
        moment = dt.datetime.fromtimestamp(time, dt.UTC)
        ours, theirs = by_us(state, moment), by_gto(then.path, commits)
        assert (ours["stages"], ours["versions"]) == (theirs["stages"], theirs["versions"])


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ((("#prod#2", 1, 9), ("@deprecated", 0, 9)), f"{NAME}#prod#2"),
        ((("#prod#2", 1, 8), ("@deprecated", 0, 9)), None),
        ((("#prod#2", 1, 10), ("@deprecated", 0, 9)), f"{NAME}#prod#2"),
        ((("#prod#2", 1, 9), ("#prod!#3", 1, 9)), f"{NAME}#prod#1"),
        ((("#prod#2", 1, 9), ("#prod#3", 0, 9)), f"{NAME}#prod#3"),
        ((("@v2.0.0!", 1, 2), ("#prod#2", 1, 9)), f"{NAME}#prod#1"),
        ((("@v2.0.0!", 1, 1), ("#prod#2", 1, 9)), f"{NAME}#prod#2"),
        ((("#prod#2", 0, 9), ("#prod#3", 0, 9)), f"{NAME}#prod#3"),
    ],
)
def test_what_comes_in_one_second(repository, said, held):
    """Two versions of the first and second commit, made in the seconds 1 and 2; the first one in prod since second 3."""
    made = repository(2)
    version = ("v1.0.0", "v2.0.0")
    text = {"#": lambda commit: made.stage_text(version[commit], commit), "@": lambda _: "by hand"}
    tags = [(f"@{version[commit]}", commit, commit + 1) for commit in (0, 1)]
    made.tag(
        *(Made(f"{NAME}{name}", commit, START + time, made.version_text(commit)) for name, commit, time in tags),
        Made(f"{NAME}#prod#1", 0, START + 3, made.stage_text("v1.0.0", 0)),
        *(Made(f"{NAME}{name}", commit, START + time, text[name[0]](commit)) for name, commit, time in said),
    )
    state = state_of(made.path, NAME)
    assert not state.problems
    assert ((found := state.at("prod")) and found.tag.name) == held
    assert by_us(state) == by_gto(made.path, {})


def test_between_a_deprecation_and_what_came_after(repository):
    made = repository(1)
    made.tag(
        Made(f"{NAME}@v1.0.0", 0, START, made.version_text(0)),
        Made(f"{NAME}#prod#1", 0, START + 1, made.stage_text("v1.0.0", 0)),
        Made(f"{NAME}@deprecated", 0, START + 5),
        Made(f"{NAME}#prod#2", 0, START + 9, made.stage_text("v1.0.0", 0)),
    )
    state = state_of(made.path, NAME)
    held = [state.at("prod", dt.datetime.fromtimestamp(START + second, dt.UTC)) for second in (0, 1, 4, 5, 8, 9)]
    assert [item and item.number for item in held] == [None, 1, 1, None, None, 2]


def test_gto_reads_no_two_versions_of_one_commit(repository):
    """There is nothing to agree on: that Wardround goes on, and with which of the two, is its own (docs/reference/tags.md)."""
    made = repository(1)
    made.tag(
        Made(f"{NAME}@v1.0.0", 0, START, made.version_text(0)),
        Made(f"{NAME}#prod#1", 0, START + 1, made.stage_text("v1.0.0", 0)),
        Made(f"{NAME}@v9.9.9", 0, START - 9, made.version_text(0)),
    )
    with pytest.raises(ManyVersions):
        gto.api.show(str(made.path))
    assert state_of(made.path, NAME).at("prod").version == "v1.0.0"


def test_gtos_command_agrees(repository):
    made = repository(8)
    made.tag(*history(made, 3))
    done = subprocess.run(
        [str(Path(sys.executable).parent / "gto"), "show", "--json", "-r", str(made.path)],
        capture_output=True,
        text=True,
        check=True,
    )
    shown = json.loads(done.stdout)[NAME]
    state = state_of(made.path, NAME)
    assert shown["version"] == state.latest.version
    held = {stage: (item.version if (item := state.at(stage)) else None) for stage in STAGES}
    assert {stage: shown["stage"].get(stage) for stage in STAGES} == held


def test_tags_come_from_one_process_with_all_they_say(repository):
    made = repository(2)
    made.tag(
        Made(f"{NAME}@v1.0.0", 0, 1_700_000_123, made.version_text(0), "+0530"), Made("other", 1, 1, "Ünïcode\n\ttext")
    )
    one, two = sorted(read(made.path), key=lambda tag: tag.name != f"{NAME}@v1.0.0")
    assert (one.target, one.target_kind, one.annotated, one.inner) == (made.commits[0], "commit", True, one.name)
    assert (one.tagger, one.email, one.time, one.offset) == ("Bob", "bob@example.org", 1_700_000_123, 19800)
    assert one.subject == "Change 0 (#1)"
    assert two.message == "Ünïcode\n\ttext\n"
    assert read(made.path / ".git") == read(made.path)
