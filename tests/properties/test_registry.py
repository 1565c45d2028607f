"""The grammar of tags says each thing in one way, versions only grow, records come back as they were, and the fold looks back rightly."""

from __future__ import annotations

import datetime as dt
import json
import re
import string

import pytest
from gto.constants import Action
from gto.tag import parse_name
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wardround.errors import UsageError
from wardround.registry import grammar
from wardround.registry.bump import FIRST, Changed, Level, following
from wardround.registry.fold import fold
from wardround.registry.grammar import Deprecation, Deregistration, StageTag, Unassignment, VersionTag, parse
from wardround.registry.record import StageRecord, VersionRecord, from_message, message
from wardround.registry.tags import Tag, unsigned

quick = settings(max_examples=150, deadline=None)
small = st.integers(0, 999_999_999)
version = st.builds("v{}.{}.{}".format, small, small, small)
name = st.from_regex(r"[a-z][a-z0-9-]{0,20}[a-z0-9]", fullmatch=True)
stage = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
number = st.one_of(st.none(), st.integers(1, 999_999_999))
tag_name = st.one_of(
    st.builds(VersionTag, name, version, number),
    st.builds(Deregistration, name, version, number),
    st.builds(StageTag, name, stage, number),
    st.builds(Unassignment, name, stage, number),
    st.builds(Deprecation, name, number),
)
ACTIONS = {
    VersionTag: Action.REGISTER,
    Deregistration: Action.DEREGISTER,
    StageTag: Action.ASSIGN,
    Unassignment: Action.UNASSIGN,
    Deprecation: Action.DEPRECATE,
}


@quick
@given(tag_name)
def test_a_name_is_read_as_it_was_written_and_gto_reads_the_same(made: grammar.TagName) -> None:
    text = str(made)
    assert parse(text) == made
    assert grammar.meant_for(text) == made.name
    theirs = parse_name(text)
    assert (theirs["name"], theirs["action"]) == (made.name, ACTIONS[type(made)])
    assert theirs.get("version") == getattr(made, "version", None)
    assert theirs.get("stage") == getattr(made, "stage", None)
    assert theirs.get("counter") == made.number


@quick
@given(tag_name, st.data())
def test_one_character_more_or_other_is_never_read_as_the_same(made: grammar.TagName, data: st.DataObject) -> None:
    text = str(made)
    at = data.draw(st.integers(0, len(text)))
    put = data.draw(st.sampled_from([*string.printable, "é", "٣", "\u200b", "\0"]))
    cut = data.draw(st.integers(0, 1))
    other = text[:at] + put + text[at + cut :]
    assume(other != text)
    try:
        found = parse(other)
    except UsageError:
        return
    assert found != made
    assert str(found) == other


@quick
@given(st.text(max_size=40))
def test_any_text_is_refused_or_means_itself(text: str) -> None:
    try:
        found = parse(text)
    except UsageError:
        return
    assert str(found) == text
    assert parse_name(text)["name"] == found.name


@pytest.mark.parametrize(
    "text",
    [
        "readmission@1.0.0",
        "readmission@v1.0",
        "readmission@v01.0.0",
        "readmission@v1.0.0-rc1",
        "readmission@v1.0.0+5",
        "readmission@v1.0.0\n",
        "readmission@latest",
        "readmission@created",
        "readmission#prod#0",
        "readmission#prod#07",
        "readmission#prod#",
        "readmission#Prod#1",
        "readmission#prod!!#1",
        "readmission#prod#1!",
        "readmission#-prod#1",
        "readmission#a/b#1",
        "Readmission@v1.0.0",
        "r@v1.0.0",
        "models=readmission@v1.0.0",
        "readmission@v٣.0.0",
        "readmission@v1000000000.0.0",
        "@v1.0.0",
        "",
    ],
)
def test_what_is_near_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no tag of the registry"):
        parse(text)


@pytest.mark.parametrize("text", ["v1.0.0", "backup/may", "release-2026", "", "nightly"])
def test_tags_of_other_kinds_are_nobodys(text: str) -> None:
    assert grammar.meant_for(text) is None


levels = st.sampled_from(Level)
changed = st.builds(Changed, meaning=st.booleans(), contract=st.booleans(), features=st.booleans())


@quick
@given(version, levels)
def test_the_next_version_is_greater_and_well_formed(before: str, level: Level) -> None:
    assume(max(grammar.numbers(before)) < 999_999_999)
    after = following(before, level)
    assert grammar.numbers(after) > grammar.numbers(before)
    assert parse(f"x1@{after}") == VersionTag("x1", after)


@quick
@given(version, levels, levels)
def test_a_greater_change_is_never_a_smaller_version(before: str, one: Level, other: Level) -> None:
    assume(max(grammar.numbers(before)) < 999_999_999)
    lesser, greater = sorted((one, other))
    assert grammar.numbers(following(before, lesser)) <= grammar.numbers(following(before, greater))
    assert following(None, one) == FIRST


@quick
@given(changed, changed)
def test_more_that_changed_is_never_a_lower_level(one: Changed, other: Changed) -> None:
    both = Changed(one.meaning or other.meaning, one.contract or other.contract, one.features or other.features)
    assert both.level == max(one.level, other.level)


def test_the_levels_are_those_of_the_design() -> None:
    assert following("v1.2.3", Changed(meaning=True).level) == "v2.0.0"
    assert following("v1.2.3", Changed(contract=True).level) == "v1.3.0"
    assert following("v1.2.3", Changed(features=True).level) == "v1.3.0"
    assert following("v1.2.3", Changed().level) == "v1.2.4"


hexes = st.text("0123456789abcdef", min_size=64, max_size=64).map(lambda text: f"sha256:{text}")
commit = st.text("0123456789abcdef", min_size=40, max_size=40)
reason = st.text(st.characters(codec="utf-8"), max_size=60)
image = st.one_of(st.none(), hexes, hexes.map(lambda text: f"registry.example.org:5000/a/b@{text}"))
parts = ("model", "service", "contract", "environment", "decision", "bento", "sbom", "provenance", "smoke")
version_record = st.builds(
    VersionRecord,
    commit=commit,
    image=image,
    smoke_network=st.sampled_from(["none", "host", "not run"]),
    previous=st.one_of(st.none(), version),
    reason=reason,
    **dict.fromkeys(parts, hexes),
)
stage_record = st.builds(
    StageRecord,
    version=version,
    image=image,
    bento=hexes,
    decision=hexes,
    card=st.one_of(st.none(), hexes),
    pull=st.one_of(st.none(), st.integers(1, 10**9)),
    commit=commit,
    break_glass=st.booleans(),
    reason=reason,
)
sentences = st.lists(
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=1).filter(lambda text: text[0] != "#"),
    min_size=1,
    max_size=3,
)


@quick
@given(sentences, st.one_of(version_record, stage_record), st.sampled_from(["", "\n", "\n\n"]))
def test_a_record_comes_back_as_it_was(lines: list[str], record: VersionRecord | StageRecord, end: str) -> None:
    text = message(lines, record)
    assert from_message(text + end) == record
    assert text.split("\n")[:-1] == lines
    signed = text + "\n-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
    assert from_message(unsigned(signed)) == record


@quick
@given(st.one_of(version_record, stage_record), st.data())
def test_a_record_in_any_other_form_is_refused(record: VersionRecord | StageRecord, data: st.DataObject) -> None:
    line = record.line()
    at = data.draw(st.integers(0, len(line)))
    other = line[:at] + data.draw(st.sampled_from([" ", '"', "0", "a", ",", "}", "\t"])) + line[at:]
    try:
        found = from_message(f"A sentence.\n{other}")
    except ValueError:
        return
    assert found != record
    assert found.line() == other


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("no record", "no record"),
        ("{}", "not one that Wardround writes"),
        ('{"kind":"version","kind":"stage"}', "not JSON"),
        ("{" * 10_000, "not JSON"),
        ('{"kind":"version","schema_version":2}', "not one that Wardround writes"),
        ("{nan}", "not JSON"),
    ],
)
def test_what_is_no_record_is_said(line: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        from_message(f"A sentence.\n{line}\n")


@quick
@given(st.one_of(version_record, stage_record), st.booleans(), st.sampled_from([(", ", ": "), (",", ":"), (",", ": ")]))
def test_only_one_form_is_canonical(
    record: VersionRecord | StageRecord, in_order: bool, separators: tuple[str, str]
) -> None:
    plain = record.model_dump()
    shuffled = plain if in_order else dict(sorted(plain.items(), reverse=True))
    line = json.dumps(shuffled, sort_keys=in_order, ensure_ascii=False, separators=separators)
    if line == record.line():
        assert (in_order, separators) == (True, (",", ":"))
        return
    with pytest.raises(ValueError, match="canonical"):
        from_message(f"A sentence.\n{line}")


@pytest.mark.parametrize("line", ["", "  ", "# dropped by git", "two\nlines", "a\tb\x00"])
def test_a_line_that_git_would_change_is_refused(line: str) -> None:
    record = StageRecord(version="v1.0.0", image=None, bento=D, decision=D, card=None, pull=None, commit="a" * 40)
    with pytest.raises(UsageError):
        message([line], record)
    with pytest.raises(UsageError):
        message([], record)


# Looking back: a registry of one or two versions, stages that are filled and emptied at times that often coincide.
D = f"sha256:{'d' * 64}"
SHAS = {f"v{n}.0.0": f"{n}" * 40 for n in (1, 2, 3)}


def _tag(text: str, sha: str, time: int, words: str = "x") -> Tag:
    return Tag(text, f"{time:040x}", sha, "commit", True, text, "Ann", "a@example.org", time, 0, words)


def _version(text: str, time: int) -> Tag:
    given = dict.fromkeys(parts, D)
    record = VersionRecord(commit=SHAS[text], image=None, smoke_network="none", previous=None, reason="", **given)
    return _tag(f"x1@{text}", SHAS[text], time, message(["A."], record))


def _assigned(text: str, stage: str, count: int, time: int) -> Tag:
    record = StageRecord(version=text, image=None, bento=D, decision=D, card=None, pull=count, commit="f" * 40)
    return _tag(f"x1#{stage}#{count}", SHAS[text], time, message(["A."], record))


events = st.lists(
    st.tuples(
        st.sampled_from(["in", "in", "in", "out"]), st.sampled_from(sorted(SHAS)), st.sampled_from(["prod", "test"])
    ),
    max_size=8,
)


@quick
@given(events, st.permutations(range(10, 18)), st.integers(0, 20))
def test_looking_back_is_replaying_what_was_said_until_then(
    said: list[tuple[str, str, str]], times: list[int], until: int
) -> None:
    """The oracle replays: a stage is a pile of versions, the last one on top counts."""
    tags = [_version(text, number) for number, text in enumerate(SHAS)]
    piles: dict[str, list[str]] = {"prod": [], "test": []}
    script = sorted(zip(times, said, strict=False))
    for count, (time, (way, text, where)) in enumerate(script, 1):
        if way == "in":
            tags.append(_assigned(text, where, count, time))
        else:
            tags.append(_tag(f"x1#{where}!#{count}", SHAS[text], time))
        if time <= until:
            pile = piles[where]
            if text in pile:
                pile.remove(text)
            if way == "in":
                pile.append(text)
    state = fold(reversed(tags), "x1")
    assert not state.problems
    moment = dt.datetime.fromtimestamp(until, dt.UTC)
    for where, pile in piles.items():
        held = state.at(where, moment)
        assert (held.version if held else None) == (pile[-1] if pile else None)
        assert state.at(where, moment.astimezone(dt.timezone(dt.timedelta(hours=5)))) == held
    with pytest.raises(ValueError, match="time zone"):
        state.at("prod", moment.replace(tzinfo=None))


@quick
@given(st.lists(st.tuples(st.text(max_size=12), st.booleans(), st.text(max_size=30)), max_size=6))
def test_no_tag_breaks_the_fold(odd: list[tuple[str, bool, str]]) -> None:
    """Whatever stands beside them, the tags that count are the same; what is meant for the project and does not count is named."""
    good = [_version("v1.0.0", 1), _assigned("v1.0.0", "prod", 1, 2)]
    strange = [
        Tag(
            f"x1#{text}" if number % 2 else f"x1@{text}",
            "0" * 40,
            "1" * 40,
            "commit",
            annotated,
            f"x1#{text}",
            message=words,
        )
        for number, (text, annotated, words) in enumerate(odd)
    ]
    state = fold([*strange, *good], "x1")
    assert [item.version for item in state.versions] == ["v1.0.0"]
    held = state.at("prod")
    assert held is not None
    assert held.version == "v1.0.0"
    assert len(state.problems) == len(strange)
    assert all(re.search(r"\S", problem.what) for problem in state.problems)
