"""Expressions that the sandbox reads by itself."""

import pytest

from wardround.errors import UsageError
from wardround.sandbox.runner.expressions import evaluate, fill, value

CONTEXT = {
    "github": {
        "event_name": "pull_request",
        "event": {"pull_request": {"number": 7}, "list": ["a", "b"]},
        "run_id": 12,
    },
    "vars": {"On": "true"},
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("github.event_name == 'Pull_Request'", True),
        ("github.event_name != 'push' && 'yes' || 'no'", "yes"),
        ("github.event.pull_request.number || github.ref", 7),
        ("github.event.missing.deep", None),
        ("!github.event.changes.base", True),
        ("github.event['list'][1]", "b"),
        ("vars.on", "true"),
        ("format('{0}-{1}', 'a', github.run_id)", "a-12"),
        ("contains(github.event.list, 'B')", True),
        ("contains('Hello', 'ell') && startsWith('abc', 'AB') && endsWith('abc', 'bc')", True),
        ("fromJSON('[1, 2]')[0]", 1),
        ("1 < 2 && 3 >= 3", True),
        ("'it''s'", "it's"),
        ("null == 0", True),
        ("(false || null) == ''", True),
        ("needs.a.outputs.b", None),
    ],
)
def test_values(expression, expected):
    assert evaluate(expression, CONTEXT) == expected


def test_text():
    assert fill("review-${{ github.event.pull_request.number }}-${{ false }}${{ null }}", CONTEXT) == "review-7-false"
    assert value("${{ github.event_name == 'push' }}", CONTEXT) is False
    assert value("a${{ 1 }}b", CONTEXT) == "a1b"
    assert value(True, CONTEXT) is True


@pytest.mark.parametrize("expression", ["", "a b", "hashFiles('x')", "'open", "a ==", "(1", "format()", "a;b"])
def test_what_cannot_be_read_is_refused(expression):
    with pytest.raises(UsageError, match="cannot read"):
        evaluate(expression, CONTEXT)
