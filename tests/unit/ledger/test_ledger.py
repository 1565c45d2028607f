"""The ledger without git: entries, heads, order, and what verification finds."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from wardround.errors import UsageError
from wardround.files import sha256_bytes
from wardround.ledger import Anchor, Ledger, heads_in, heads_line, path_of, verify
from wardround.ledger.entry import entry, parse, written
from wardround.ledger.place import DIRECTORY, digest_of, read_directory
from wardround.ledger.verifying import joinable

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def note(text, after=(), minutes=0):
    new = entry(kind="note", project="sepsis", about="x", by="ada", facts={"text": text})
    return written(new, NOON + dt.timedelta(minutes=minutes), tuple(item.digest for item in after))


def files(*entries):
    return [(path_of(item.digest).removeprefix(f"{DIRECTORY}/"), item.content) for item in entries]


def anchor(*heads, minutes=0, tag="sepsis@v1.0.0"):
    return Anchor(tag, NOON + dt.timedelta(minutes=minutes), tuple(item.digest for item in heads))


def codes(found):
    return sorted(doubt.code for doubt in found.doubts)


@pytest.fixture
def chain():
    one = note("one")
    two = note("two", [one], 1)
    three = note("three", [two], 2)
    return one, two, three


def test_an_entry_is_named_by_the_hash_of_its_bytes(chain):
    one = chain[0]
    assert one.digest == sha256_bytes(one.content)
    assert parse(one.content) == one
    assert json.loads(one.content)["facts"] == {"text": "one"}
    assert one.content.count(b"\n") == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace('"by":"ada"', '"by": "ada"'), "canonical"),
        (lambda text: text.replace("12:00:00Z", "12:00:00"), "moment"),
        (lambda text: text.replace("2026-03-01", "2026-3-1"), "moment"),
        (lambda text: text.replace('"kind":"note"', '"kind":"rumour"'), "kind"),
        (lambda text: text.replace('"by":"ada"', '"by":"ada","boss":"eve"'), "boss"),
        (lambda text: text.replace('"text":"one"', '"other":"one"'), "says text"),
        (lambda text: text.replace('"text":"one"', '"text":1.5'), "text"),
        (lambda text: text[:-2], "JSON"),
        (lambda text: text + "{}", "JSON"),
    ],
)
def test_an_entry_has_one_form(chain, change, said):
    text = change(chain[0].content.decode())
    assert text != chain[0].content.decode()
    with pytest.raises(ValueError, match=said):
        parse(text.encode())


def test_what_cannot_be_recorded_is_explained_and_not_quoted():
    with pytest.raises(UsageError) as caught:
        entry(kind="release", project="sepsis", about="x", by="ada", facts={"note": "line\nline", "Weight": 70})
    text = str(caught.value)
    assert "one line of text" in text
    assert "line\nline" not in text
    with pytest.raises(UsageError, match="says tag, version, commit, decision"):
        entry(kind="release", project="sepsis", about="x", by="ada")


def test_a_whole_chain_is_sound_and_its_heads_stand_in_a_tag(chain):
    ledger = Ledger.of(files(*chain))
    assert ledger.heads == (chain[2].digest,)
    assert list(ledger.ordered()) == [item.digest for item in chain]
    message = f"sepsis v1.0.0 is released.\n{heads_line(ledger.heads)}\n{{}}\n"
    found = verify(ledger, [Anchor("sepsis@v1.0.0", NOON, heads_in(message))])
    assert (found.sound, found.entries, found.anchored, found.doubts) == (True, 3, 3, ())


def test_two_lines_of_heads_in_a_message_are_none(chain):
    line = heads_line([chain[0].digest])
    assert heads_in(f"words\n{line}\n{line}\n") == ()
    assert heads_in("Ledger: nothing") == ()
    assert heads_line(()) == ""


def test_an_edit_is_found(chain):
    path, content = files(chain[1])[0]
    edited = content.replace(b"two", b"too")
    found = verify(Ledger.of([*files(chain[0], chain[2]), (path, edited)]), [anchor(chain[2])])
    assert codes(found) == ["changed"]
    assert found.wrong[0].where == path_of(chain[1].digest)


def test_an_edit_under_a_new_name_breaks_what_was_written_after_it(chain):
    edited = note("too", [chain[0]], 1)
    found = verify(Ledger.of(files(chain[0], edited, chain[2])), [anchor(chain[2])])
    assert codes(found) == ["missing"]


def test_a_deletion_is_found(chain):
    found = verify(Ledger.of(files(chain[0], chain[2])), [anchor(chain[2])])
    assert codes(found) == ["missing"]


def test_a_cut_tail_is_found_by_the_tag_alone(chain):
    assert verify(Ledger.of(files(*chain[:2])), []).sound
    found = verify(Ledger.of(files(*chain[:2])), [anchor(chain[2])])
    assert [doubt.code for doubt in found.wrong] == ["cut"]


def test_a_rewritten_ledger_lacks_what_the_tag_names(chain):
    one = note("another beginning")
    found = verify(Ledger.of(files(one, note("two", [one], 1))), [anchor(chain[2])])
    assert [doubt.code for doubt in found.wrong] == ["cut"]


def test_another_order_shows_in_the_times(chain):
    back = note("before", [chain[2]], -30)
    found = verify(Ledger.of(files(*chain, back)), [anchor(chain[2])])
    assert [doubt.code for doubt in found.wrong] == ["order"]
    assert verify(Ledger.of(files(*chain, note("clocks differ a little", [chain[2]], -2))), [anchor(chain[2])]).sound


def test_a_line_from_an_old_state_is_a_fork_until_a_person_joins_it(chain):
    other = note("from an old clone", [chain[0]], 1)
    anchors = [anchor(chain[2], minutes=10)]
    ledger = Ledger.of(files(*chain, other))
    found = verify(ledger, anchors)
    assert [(doubt.code, doubt.where) for doubt in found.wrong] == [("fork", path_of(other.digest))]
    assert joinable(ledger, anchors) == (chain[2].digest,)  # what programs write leaves it out
    new = entry(kind="join", project="", about="ledger", by="ada", facts={"reason": "two clones"})
    join = written(new, NOON + dt.timedelta(minutes=20), (chain[2].digest, other.digest))
    joined = verify(Ledger.of(files(*chain, other, join)), anchors)
    assert joined.sound
    assert codes(joined) == ["late"]  # dated before the tag, and the tag did not know it: said for ever


def test_parallel_branches_merge_without_conflict_and_the_next_entry_joins_them(chain):
    left, right = note("left", [chain[2]], 3), note("right", [chain[2]], 3)
    ledger = Ledger.of([*files(*chain, left), *files(*chain, right)])  # the union of two branches' files
    found = verify(ledger, [anchor(chain[2])])
    assert found.sound
    assert codes(found) == ["parallel"]
    assert joinable(ledger, [anchor(chain[2])]) == tuple(sorted((left.digest, right.digest)))
    next_one = note("next", [left, right], 4)
    assert Ledger.of(files(*chain, left, right, next_one)).heads == (next_one.digest,)


def test_files_that_are_no_entries_are_found(chain):
    path, content = files(chain[0])[0]
    odd = [
        ("ab/readme.json", b"{}"),
        (path.upper(), content),
        ("README.md", b"# The ledger\n"),
        ("00/" + path[3:], b""),
    ]
    found = verify(Ledger.of([*files(*chain), *odd]), [anchor(chain[2])])
    assert [doubt.where for doubt in found.wrong] == sorted(
        f"{DIRECTORY}/{name}" for name, _ in odd if name != "README.md"
    )


def test_content_that_is_no_entry_is_found_though_its_name_is_right(chain):
    content = b'{"amount":1}\n'
    name = path_of(sha256_bytes(content)).removeprefix(f"{DIRECTORY}/")
    found = verify(Ledger.of([*files(*chain), (name, content)]), [anchor(chain[2])])
    assert "malformed" in codes(found)


def test_a_directory_is_read_whatever_else_lies_there(tmp_path, chain):
    for name, content in [*files(*chain), ("note.txt", b"hm")]:
        path = tmp_path / DIRECTORY / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    found = dict(read_directory(tmp_path))
    assert {digest_of(name) for name in found} == {None, *(item.digest for item in chain)}
    assert list(read_directory(tmp_path / "nowhere")) == []


def test_a_link_in_the_ledger_is_refused(tmp_path):
    (tmp_path / DIRECTORY).mkdir(parents=True)
    (tmp_path / DIRECTORY / "00").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="a link"):
        list(read_directory(tmp_path))
