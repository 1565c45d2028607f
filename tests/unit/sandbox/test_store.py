"""The store keeps records whole, counts without gaps, and hands each event out once."""

import threading
from dataclasses import replace

import pytest

from wardround.sandbox.model import Comment, Deployment, Event, Issue, Job, Step, Token
from wardround.sandbox.store import Store


@pytest.fixture
def store(tmp_path):
    kept = Store(tmp_path / "s.sqlite")
    yield kept
    kept.close()


def event(number):
    return Event(number, "acme/ml", "push", "", "ada", "s", "r", {"deep": [{"a": None}]})


def test_a_record_comes_back_equal(store):
    steps = (Step(1, "Check out", "completed", "success"), Step(2, "Review"))
    job = Job(5, "acme/ml", 4, "review", "s", steps=steps, outputs={"a": "b"}, labels=("x",))
    store.put(job)
    assert store.get(Job, "acme/ml", 5) == job
    deployment = Deployment(6, "acme/ml", "s", "main", "clinic", payload={"version": {"major": 1}})
    store.put(deployment)
    assert store.find(Deployment) == (deployment,)


def test_records_are_found_by_their_fields_oldest_first(store):
    for number in (3, 1, 2):
        store.put(Comment(number, "acme/ml", number % 2, "ada", "x"))
    store.put(Comment(9, "acme/other", 1, "ada", "x"))
    assert [item.id for item in store.find(Comment, "acme/ml", number=1)] == [3, 1]
    store.put(replace(store.get(Comment, "acme/ml", 3), body="y"))
    assert [item.id for item in store.find(Comment, "acme/ml", number=1, body="y")] == [3]
    assert [item.id for item in store.find(Comment, number=1)] == [3, 1, 9]
    with pytest.raises(AssertionError):
        store.find(Comment, "acme/ml", nothing=1)


def test_a_value_is_never_part_of_a_query(store):
    store.put(Comment(1, "acme/ml", 1, "x' OR '1'='1", "b"))
    assert store.find(Comment, "acme/ml", author="' OR '1'='1") == ()
    assert len(store.find(Comment, "acme/ml", author="x' OR '1'='1")) == 1


def test_a_failed_transaction_leaves_nothing(store):
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.put(Issue(1, "acme/ml", store.next_number("acme/ml"), "t", "ada"))
        store.publish(event(2))
        with store.transaction():
            raise ZeroDivisionError
    assert store.find(Issue) == ()
    assert store.claim() is None
    assert store.next_number("acme/ml") == 1


def test_numbers_have_no_gap_and_no_double_across_threads(store):
    found = []

    def take():
        found.extend(store.next_number("acme/ml") for _ in range(50))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 201))


def test_each_event_is_handed_out_once_to_many_takers(store):
    for number in range(40):
        store.publish(event(number))
    found = []

    def take():
        while (claimed := store.claim()) is not None:
            found.append(claimed.id)
            store.done(claimed)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(40))


def test_who_waits_wakes_when_the_transaction_is_kept(store):
    found = []
    taker = threading.Thread(target=lambda: found.append(store.claim(timeout=20)))
    taker.start()
    with store.transaction():
        store.publish(event(1))
        assert not found
    taker.join(timeout=20)
    assert [item.id for item in found] == [1]


def test_what_was_claimed_and_not_done_is_pending_after_a_restart(tmp_path):
    first = Store(tmp_path / "s.sqlite")
    for number in (1, 2, 3):
        first.publish(event(number))
    first.done(first.claim())
    first.claim()
    first.close()
    again = Store(tmp_path / "s.sqlite")
    assert again.recover() == 1
    assert [again.claim().id, again.claim().id, again.claim()] == [2, 3, None]
    again.close()


def test_the_file_is_for_its_owner_only(tmp_path):
    Store(tmp_path / "s.sqlite").close()
    assert (tmp_path / "s.sqlite").stat().st_mode & 0o077 == 0


def test_a_held_event_is_not_handed_out(store):
    store.publish(replace(event(1), state="held"))
    assert store.claim() is None


def test_a_token_is_found_by_its_run(store):
    store.put(Token("d1", "github-actions[bot]", "run", run_id=7))
    store.put(Token("d2", "github-actions[bot]", "run", run_id=8))
    assert [item.digest for item in store.find(Token, run_id=7)] == ["d1"]
