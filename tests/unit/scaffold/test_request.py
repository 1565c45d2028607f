import pytest

from wardround.errors import UsageError
from wardround.scaffold.request import check_name, parse_exclude, slug


@pytest.mark.parametrize("name", ["heart", "a1", "sepsis-alert-2", "x" * 64])
def test_valid_names_pass(name):
    check_name(name)


@pytest.mark.parametrize(
    ("name", "near"),
    [("My Project!", "my-project"), ("Heart", "heart"), ("2nd-try", "nd-try"), ("x" * 70, "x" * 64), ("a_b", "a-b")],
)
def test_a_wrong_name_gets_the_nearest_right_one(name, near):
    with pytest.raises(UsageError, match="cannot be the name") as caught:
        check_name(name)
    assert near in caught.value.problems[0].next
    check_name(near)


def test_a_name_without_letters_gets_an_example():
    assert slug("123") == ""
    with pytest.raises(UsageError, match="sepsis-alert"):
        check_name("…")


def test_exclusions_of_one_column_add_up():
    assert parse_exclude(("to=11, 13", "to=13,14", "a b=x")) == {"to": ("11", "13", "14"), "a b": ("x",)}


def test_all_malformed_exclusions_are_reported_together():
    with pytest.raises(UsageError) as caught:
        parse_exclude(("to", "=3", "x=", "fine=1"))
    assert len(caught.value.problems) == 3
