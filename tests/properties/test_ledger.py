"""Any single bit of the ledger that changes is found, and so is any entry that goes, whatever shape the ledger has."""

from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.ledger import Anchor, Ledger, path_of, verify
from wardround.ledger.entry import entry, parse, written
from wardround.ledger.place import DIRECTORY

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
text = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20)
facts = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True),
    st.one_of(text, st.integers(-(2**60), 2**60), st.booleans(), st.none(), st.lists(text, max_size=3).map(tuple)),
    max_size=4,
)


@st.composite
def ledgers(draw):
    """Entries, each after a few of those before it."""
    made = []
    for number in range(draw(st.integers(1, 7))):
        parents = draw(st.lists(st.sampled_from(made), max_size=3)) if made else []
        new = entry(
            kind="note", project="p", about="x", by=draw(text), facts={**draw(facts), "text": f"{number} {draw(text)}"}
        )
        made.append(written(new, NOON + dt.timedelta(minutes=number), tuple(item.digest for item in parents)))
    return made


def files(entries):
    return {path_of(item.digest).removeprefix(f"{DIRECTORY}/"): item.content for item in entries}


def whole(entries):
    """A tag of this moment names every head."""
    return [Anchor("p@v1.0.0", NOON, Ledger.of(files(entries).items()).heads)]


@settings(max_examples=40, deadline=None)
@given(ledgers(), st.data())
def test_any_single_bit_is_found(entries, data):
    there = files(entries)
    path = data.draw(st.sampled_from(sorted(there)))
    assert verify(Ledger.of(there.items()), whole(entries)).sound
    in_name = data.draw(st.booleans())
    old = path.encode() if in_name else there[path]
    bit = data.draw(st.integers(0, len(old) * 8 - 1))
    changed = bytearray(old)
    changed[bit // 8] ^= 1 << bit % 8
    content = there.pop(path)
    if in_name:
        there[changed.decode("utf-8", "surrogateescape")] = content
    else:
        there[path] = bytes(changed)
    assert not verify(Ledger.of(there.items()), whole(entries)).sound


@settings(max_examples=40, deadline=None)
@given(ledgers(), st.data())
def test_any_entry_that_goes_is_found(entries, data):
    anchors = whole(entries)
    there = files(entries)
    del there[data.draw(st.sampled_from(sorted(there)))]
    assert not verify(Ledger.of(there.items()), anchors).sound


@settings(max_examples=40, deadline=None)
@given(ledgers(), st.randoms())
def test_the_order_of_reading_changes_nothing_and_parents_come_first(entries, chance):
    pairs = list(files(entries).items())
    chance.shuffle(pairs)
    ledger = Ledger.of(pairs)
    order = list(ledger.ordered())
    assert order == list(Ledger.of(files(entries).items()).ordered())
    assert sorted(order) == sorted(item.digest for item in entries)
    assert all(order.index(parent) < order.index(item.digest) for item in entries for parent in item.parents)


@settings(max_examples=40, deadline=None)
@given(ledgers())
def test_an_entry_comes_back_as_it_was(entries):
    for item in entries:
        assert parse(item.content) == item


@settings(max_examples=40, deadline=None)
@given(ledgers(), ledgers())
def test_two_ledgers_merge_to_the_same_in_either_order(one, other):
    both = {**files(one), **files(other)}
    assert Ledger.of(both.items()).heads == Ledger.of({**files(other), **files(one)}.items()).heads
    join = entry(kind="join", project="", about="ledger", by="ada", facts={"reason": "merged"})
    made = written(join, NOON + dt.timedelta(hours=1), Ledger.of(both.items()).heads)
    joined = Ledger.of({**both, **files([made])}.items())
    assert joined.heads == (made.digest,)
    assert verify(joined, whole(one) + whole(other)).sound
