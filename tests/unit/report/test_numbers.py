"""Numbers as reports write them."""

import pytest

from wardround.report import numbers


@pytest.mark.parametrize(
    ("value", "decimals", "sign", "text"),
    [
        (-0.004, 3, False, "\u22120.004"),
        (0.0104, 3, True, "+0.010"),
        (-0.0001, 3, True, "0.000"),
        (12345.6, 0, False, "12,346"),
        (0, 2, True, "0.00"),
    ],
)
def test_number(value, decimals, sign, text):
    assert numbers.number(value, decimals, sign=sign) == text


def test_whole_and_minus():
    assert (numbers.whole(1234567), numbers.whole(-1200)) == ("1,234,567", "\u22121,200")


@pytest.mark.parametrize(
    ("value", "text"), [(0.2, "20\u00a0%"), (0.025, "2.5\u00a0%"), (0.3, "30\u00a0%"), (0.07, "7\u00a0%")]
)
def test_threshold_has_the_digits_it_was_written_with(value, text):
    assert numbers.threshold(value) == text


@pytest.mark.parametrize(
    ("value", "least", "text"),
    [(0.01, 0, "0.01"), (0.01, 3, "0.010"), (0.0025, 3, "0.0025"), (3.0, 0, "3"), (0.00001, 0, "0.00001")],
)
def test_parameter(value, least, text):
    assert numbers.parameter(value, least) == text


@pytest.mark.parametrize(("value", "text"), [(0.44, "0.4\u00a0s"), (12.4, "12\u00a0s"), (185, "3\u00a0min 5\u00a0s")])
def test_seconds(value, text):
    assert numbers.seconds(value) == text
