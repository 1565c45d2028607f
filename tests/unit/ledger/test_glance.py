"""A glance says of every entry what the whole ledger says of it, or less, never more."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.ledger import Anchor, Ledger, path_of
from wardround.ledger.entry import entry, written
from wardround.ledger.glance import Glance
from wardround.ledger.place import DIRECTORY

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def moment(minutes):
    return NOON + dt.timedelta(minutes=minutes)


def note(number, after=(), minutes=0):
    new = entry(kind="note", project="sepsis", about=f"pull/{number % 3}", by="ada", facts={"text": str(number)})
    return written(new, moment(minutes), tuple(item.digest for item in after))


def files(entries):
    return [(path_of(item.digest).removeprefix(f"{DIRECTORY}/"), item.content) for item in entries]


@st.composite
def ledgers(draw, honest=True):
    """Entries that each follow up to three earlier ones, and tags that name some of them."""
    made = []
    for number in range(draw(st.integers(1, 25))):
        after = draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        minutes = number if honest else draw(st.integers(-5, 30))
        made.append(note(number, [made[index] for index in sorted(after)], minutes))
    anchors = []
    for number in range(draw(st.integers(0, 12))):
        index = draw(st.integers(0, len(made) - 1))
        late = draw(st.integers(0, 5)) if honest else draw(st.integers(-40, 40))
        anchors.append(Anchor(f"sepsis@v1.0.{number}", moment(index + late), (made[index].digest,)))
    return made, anchors


@given(ledgers())
def test_with_right_clocks_it_says_the_same_as_the_whole_ledger(given_):
    made, anchors = given_
    whole = Ledger.of(files(made))
    behind = whole.before(head for anchor in anchors for head in anchor.heads)
    glance = Glance(files(made), anchors)
    assert {item.digest for item in made if glance.anchored(item)} == behind


@given(ledgers(honest=False), st.sets(st.integers(0, 24)))
def test_with_wrong_clocks_and_missing_entries_it_never_believes_more(given_, gone):
    made, anchors = given_
    kept = [item for index, item in enumerate(made) if index not in gone]
    behind = Ledger.of(files(kept)).before(head for anchor in anchors for head in anchor.heads)
    glance = Glance(files(kept), anchors)
    assert {item.digest for item in kept if glance.anchored(item)} <= behind


@given(ledgers())
def test_it_finds_what_the_whole_ledger_finds(given_):
    made, anchors = given_
    whole, glance = Ledger.of(files(made)), Glance([*files(made), *files(made)], anchors)
    for name in ("pull/0", "pull/1", "pull/2", "pull", ""):
        assert glance.about(name) == whole.about(name)


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_an_entry_that_was_changed_is_not_found_and_proves_nothing_behind_it(broken):
    made = [note(0)]
    made += [note(3, made, 1)]
    made += [note(6, made[-1:], 2)]
    anchors = [Anchor("sepsis@v1.0.0", moment(3), (made[-1].digest,))]
    there = files(made)
    there[broken] = (there[broken][0], there[broken][1].replace(b"ada", b"eve"))
    glance = Glance(there, anchors)
    assert [item.facts["text"] for item in glance.about("pull/0")] == [
        str(3 * index) for index in range(3) if index != broken
    ]
    # given the changed entry as it was, its own hash is what the next one names
    assert [glance.anchored(item) for item in made] == [index >= broken for index in range(3)]


FORGED = f'x","parents":["sha256:{"0" * 64}"],"project":"sepsis","schema_version":1,"time":"2030-01-01T00:00:00Z"}}'


@pytest.mark.parametrize(
    "text", [FORGED, FORGED + "\\", "\\" + FORGED, FORGED.replace('"', '\\"'), "é\\u0022" + FORGED]
)
@pytest.mark.parametrize("field", ["project", "about", "by", "facts"])
def test_no_text_of_an_entry_passes_for_its_parents(field, text):
    """Whoever writes an entry's words does not make it newer, and names no head behind it."""
    first = note(0)
    parts = {"kind": "note", "project": "sepsis", "about": "pull/1", "by": "ada", "facts": {"text": "x"}}
    said = (
        {"text": text, "parents": (text, "sha256:" + "1" * 64), "time": text}
        if field == "facts"
        else text[: 64 if field == "project" else 200]
    )
    odd = written(entry(**{**parts, field: said}), moment(5), (first.digest,))
    zero = f"sha256:{'0' * 64}"
    glance = Glance(files([first, odd]), [Anchor("sepsis@v1.0.0", moment(6), (odd.digest,))])
    assert glance.anchored(first)
    assert glance.anchored(odd)
    assert zero not in glance._walks["sepsis@v1.0.0"].seen
    assert glance._entry(odd.digest) == (20260301120500, (first.digest,))
