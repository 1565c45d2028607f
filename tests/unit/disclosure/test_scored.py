"""Counts of a scored table: nothing small is told, neither as it stands nor as what is left of others."""

from hypothesis import given
from hypothesis import strategies as st

from wardround.disclosure.scored import Tally, view

LEAST = 11


def tally(refused, answered=500, alerts=100, warned=40, history=0):
    return Tally(answered + sum(refused.values()), answered, alerts, warned, history, refused)


def test_large_counts_are_rounded_and_small_ones_withheld():
    shown = view(tally({"age: range": 3}, alerts=7, history=10), LEAST)
    assert (shown.rows.value, shown.warned.value) == (500, 40)
    for small in (shown.answered, shown.alerts, shown.history_rows, shown.refused["age: range"]):
        assert small.value is None
        assert str(small) == "withheld: small numbers"


def test_the_rest_is_as_small_as_the_count():
    assert view(tally({}, answered=500, alerts=497), LEAST).alerts.value is None
    assert view(tally({}, answered=500, warned=0), LEAST).warned.value is None


def test_all_were_scored():
    assert view(tally({}), LEAST).answered.value == 500


def test_one_small_reason_takes_the_next_with_it():
    shown = view(tally({"age: range": 3, "sex: allowed": 30, "unit: excluded": 200}), LEAST).refused
    assert {reason: number.value for reason, number in shown.items()} == {
        "age: range": None, "sex: allowed": None, "unit: excluded": 200,
    }  # fmt: skip


@given(
    st.dictionaries(st.sampled_from("abcde"), st.integers(1, 60)), st.integers(0, 200), st.integers(0, 200), st.integers(0, 200)
)  # fmt: skip
def test_no_shown_number_is_of_a_small_count_and_all_are_rounded(refused, answered, alerts, warned):
    made = tally(refused, answered, min(alerts, answered), min(warned, answered))
    shown = view(made, LEAST)
    pairs = [(getattr(made, name), getattr(shown, name)) for name in ("rows", "answered", "alerts", "warned")]
    pairs += [(refused[reason], number) for reason, number in shown.refused.items()]
    for exact, number in pairs:
        assert number.value is None or (exact >= LEAST and number.value % 10 == 0)
    hidden = sum(refused[reason] for reason, number in shown.refused.items() if number.value is None)
    assert hidden == 0 or hidden >= LEAST or all(number.value is None for number in shown.refused.values())
