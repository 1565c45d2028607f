"""What people write into a card comes back as they wrote it; numbers in it are the evidence's, whatever stands around them."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "card"))

import card_sample as made

from wardround.card import chai, stamp
from wardround.card.placeholders import resolve
from wardround.card.reading import parse
from wardround.card.schema import Card, fields
from wardround.card.skeleton import skeleton

EVERYTHING = made.facts()
SINGLE = tuple(name for name in fields() if made.full().text(name).startswith("The words of"))
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=40)


@settings(deadline=None, max_examples=40)
@given(
    known=st.dictionaries(st.sampled_from(SINGLE), st.lists(WORDS, min_size=1, max_size=5).map(" ".join), max_size=6)
)
def test_what_is_put_into_the_skeleton_comes_back(known: dict[str, str]) -> None:
    card = parse(skeleton(known).encode())
    for name in SINGLE:
        wanted = known.get(name, "")
        if not wanted.upper().startswith("TODO"):
            assert card.text(name) == wanted


@settings(deadline=None, max_examples=40)
@given(before=WORDS, after=WORDS)
def test_a_place_is_filled_whatever_stands_around_it(before: str, after: str) -> None:
    found = EVERYTHING.quantity("auroc")
    around = f"{before.replace('{', '(').replace('}', ')')} {{{{auroc}}}} {after.replace('{', '(').replace('}', ')')}"
    assert resolve(around, EVERYTHING).text == around.replace("{{auroc}}", str(found))


@settings(deadline=None, max_examples=40)
@given(text=st.text(max_size=200), version=st.text(max_size=20), place=st.integers(0, 10_000), other=st.characters())
def test_any_change_of_a_stamped_text_is_seen(text: str, version: str, place: int, other: str) -> None:
    kept = stamp.stamped(
        text.encode("utf-8", "replace").decode(), "model", version.encode("utf-8", "replace").decode(), "md5:0"
    )
    said = stamp.read(kept)
    assert said is not None
    assert said.version == version.encode("utf-8", "replace").decode()
    assert stamp.intact(kept)
    body = kept.rindex("\n<!-- wardround card")
    at = place % body if body else 0
    other = other.encode("utf-8", "replace").decode()
    spoilt = kept[:at] + other + kept[at + 1 :]
    if body and spoilt != kept:
        assert not stamp.intact(spoilt)


@settings(deadline=None, max_examples=40)
@given(summary=st.text(max_size=100))
def test_the_chai_card_can_be_read_again_whatever_people_wrote(summary: str) -> None:
    from lxml import etree

    card = Card.model_validate({"purpose": {"summary": summary.encode("utf-8", "replace").decode()}})
    document = etree.fromstring(chai.xml(card, EVERYTHING))
    assert document.findtext(f"{{{chai.NAMESPACE}}}ModelSummary/{{{chai.NAMESPACE}}}Summary")
