"""Published values come back as they were, and whatever breaks the rules of disclosure or of the types is a reason."""

import dataclasses
import functools
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "report"))

import report_sample as sample

from wardround.disclosure import reading, typed
from wardround.disclosure.published import KEY, Count, FactView, Published, Quantity, Why
from wardround.disclosure.reading import Ruling, Trusted, ruled
from wardround.disclosure.rechecking import recheck
from wardround.disclosure.shapes import Malformed
from wardround.disclosure.strict_json import Bounds, parse
from wardround.files import canonical_json
from wardround.values import Verdict

TRUSTED = Trusted(min_cell=11)
GROUP = ("against", 0, "cohorts", 0, "models", 0, "groups", 0)
LEVEL = (*GROUP[:-1], 1)


@functools.cache
def text():
    return canonical_json(sample.publish().plain())


def plain():
    return json.loads(text())


def at(value, path):
    for part in path:
        value = value[part]
    return value


def reason(path, new):
    """Why a sample with another value at a path is not read."""
    value = plain()
    *way, last = path
    at(value, way)[last] = new
    return reading.read(value, TRUSTED).reason


@pytest.mark.parametrize(
    "published",
    [sample.publish(), sample.publish(Verdict.REFUSE, "inferior"), sample.first(), sample.empty()],
    ids=["good", "refused", "first", "empty"],
)
def test_what_was_published_is_read_as_it_was(published):
    found = reading.read(parse(canonical_json(published.plain())), TRUSTED)
    assert found.reason == ""
    assert found.value == published
    assert found.value.plain() == published.plain()


def test_the_audit_can_be_asked_for():
    assert reading.read(plain(), Trusted(11, audited=True)).reason == ""
    value = plain()
    other = at(value, (*GROUP[:5], 1, *GROUP[6:]))
    # Everybody has other events by the other model: no world allows that.
    other["events"]["value"] += 500
    assert "not proven" in reading.read(value, Trusted(11, audited=True)).reason


@pytest.mark.parametrize(
    ("path", "new", "wanted"),
    [
        (("surprise",), 1, "holds 1 unknown key"),
        (("min_cell",), True, "min_cell: must be a whole number"),
        (("min_cell",), 5, "min_cell is not 11"),
        (("min_cell",), "11", "must be a whole number"),
        (("baseline",), 0, "must be true or false"),
        (("thresholds",), [0.2, "0.1"], "thresholds[1]: must be a number"),
        (("thresholds",), [2.0], "too large or too small"),
        (("limitations",), "text", "must be a list"),
        (("limitations",), ["x" * 4001], "limitations[0]: is longer"),
        (("limitations",), ["x"] * 2001, "more than 2,000 items"),
        (("limitations",), ["\ud800"], "half a character"),
        (("decision",), [], "decision: must be an object"),
        (("decision", "verdict"), "fine", "none of the words"),
        (("decision", "evidence"), [["metrics.json"]], "must be a list of 2"),
        (("against", 0, "reference"), "head", "none of the words"),
        (("against", 0, "cohorts", 0, "population"), "staff", "none of the words"),
        ((*GROUP, "measures"), {"people": None}, "the name of against[0]"),
        ((*GROUP, "n", "value"), 6203, "a count is no multiple of 10"),
        ((*GROUP, "n", "value"), 6200.0, "must be a whole number"),
        ((*GROUP, "n", "value"), None, "must be a number or a reason"),
        ((*GROUP, "n", "value"), 0, "a count is small"),
        ((*GROUP, "n", "withheld"), Why.SMALL.value, "must be a number or a reason"),
        ((*GROUP, "n", "withheld"), "because", "none of the words"),
        ((*GROUP, "bins", 0, "events"), 0, "a count is small"),
        ((*GROUP, "bins", 0, "events"), 13, "no multiple of 10"),
        ((*GROUP, "bins", 0, "high"), 0.017, "not one after the other"),
        ((*GROUP, "bins", 0, "precision"), 0.001, "more precise than it may be"),
        ((*GROUP, "bins", 0, "precision"), None, "needs its precision"),
        ((*GROUP, "bins"), [], "without its table"),
        ((*GROUP, "roc", 0, "true_positive"), 0.123, "roc does not follow from the bins"),
        ((*GROUP, "calibration"), [], "calibration does not follow"),
        ((*GROUP, "decision_curve"), [], "decision_curve does not follow"),
        ((*GROUP, "thresholds", 0, "tp", "value"), 100, "at a threshold do not follow"),
        ((*GROUP, "thresholds", 0, "measures"), {}, "at a threshold do not follow"),
        ((*GROUP, "thresholds", 0, "withheld"), Why.SMALL.value, "is withheld and holds numbers"),
        ((*GROUP, "measures", "auroc", "value"), 0.71234, "more precise than its decimals say"),
        ((*GROUP, "measures", "auroc", "low"), 0.71234, "more precise than its decimals say"),
        ((*GROUP, "measures", "auroc", "decimals"), 4, "more than 3 decimals"),
        ((*GROUP, "measures", "auroc", "decimals"), 17, "too large or too small"),
        ((*GROUP, "measures", "event_rate", "decimals"), 4, "more than 3 decimals"),
        ((*LEVEL, "measures", "event_rate", "decimals"), 3, "more than 2 decimals"),
        (("against", 0, "score_correlation", "decimals"), 3, "more than 2 decimals"),
        (
            ("against", 0, "cohorts", 0, "changes", 1, "differences", 0, "difference", "decimals"),
            3,
            "more than 2 decimals",
        ),
        ((*GROUP, "measures", "auroc", "origin"), "parameter", "calls itself a parameter"),
        ((*GROUP, "measures", "auroc", "value"), None, "must be a number or a reason"),
        ((*GROUP, "measures", "auroc", "interval_withheld"), Why.PRECISE.value, "the interval that it withholds"),
        ((*GROUP, "measures", "auroc", "value"), 1e300, "too large or too small"),
        ((*LEVEL, "withheld"), Why.SMALL.value, "is withheld and holds numbers"),
        (("against", 0, "cohorts", 0, "withheld"), Why.SMALL.value, "the cohort is withheld and holds numbers"),
        (("against", 0, "cohorts", 0, "models"), [], "shown without a model"),
        (("against", 0, "cohorts", 0, "changes", 1, "withheld"), Why.SMALL.value, "the group is withheld"),
        (("decision", "findings", 2, "facts", 1, "type"), "measure", "a margin, and nothing else"),
        (("decision", "findings", 2, "facts", 2, "text"), "12 of 13", "does not hold what its type says"),
        (("decision", "findings", 2, "facts", 2, "count"), None, "does not hold what its type says"),
    ],
)
def test_whatever_is_not_as_it_must_be_is_a_reason(path, new, wanted):
    said = reason(path, new)
    assert wanted in said
    assert ": " in said


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_are_finite(number):
    assert "must be a finite number" in reason((*GROUP, "measures", "auroc", "value"), number)


def test_every_key_must_be_there():
    for item in dataclasses.fields(Published):
        value = sample.empty().plain()
        del value[item.name]
        assert f"{item.name}: is missing" in reading.read(value, TRUSTED).reason


def test_reasons_quote_nothing_and_end():
    value = {f"patient {place} has 3 kidneys": "secret" for place in range(1000)}
    said = reading.read(value, TRUSTED).reason
    assert "kidney" not in said
    assert "secret" not in said
    assert "holds 1000 unknown keys" in said
    assert len(said) < 500


def test_a_margin_may_be_exact_and_a_share_may_not():
    def fact(kind, quantity):
        return FactView(KEY, "x", kind, quantity=quantity)

    assert recheck(fact("margin", Quantity(KEY, 0.0125, decimals=4, origin="parameter")), 11) == ()
    assert recheck(fact("proportion", Quantity(KEY, 0.0125, decimals=4, origin="parameter")), 11)
    assert recheck(fact("proportion", Quantity(KEY, 0.0125)), 11)


def test_counts_are_held_to_the_trusted_limit():
    assert recheck(Count(KEY, 10), 11) == ()
    assert recheck(Count(KEY, 10), 25) == ("the whole file: a count is small",)


def test_the_trusted_side_rules():
    published = ruled(
        sample.publish(), Ruling(Verdict.CANNOT_TELL, (("publish.fork", "It comes from a fork.", "Adopt it."),))
    )
    assert published.decision.verdict == "cannot tell"
    assert published.decision.findings[0].rule == "publish.fork"
    assert published.decision.findings[1:] == sample.publish().decision.findings
    assert dataclasses.replace(published, key=KEY, min_cell=11, decision=None).plain() | {"decision": 1} == (
        sample.publish().plain() | {"decision": 1}
    )


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"{", "is not JSON"),
        (b'{"a": 1, "a": 2}', "a key stands twice"),
        (b"[NaN]", "not finite"),
        (b"[-Infinity]", "not finite"),
        (b"[" * 100_000, "is not JSON"),
        (b"[" * 500 + b"]" * 500, "deep"),
        (b"9" * 5000, "is not JSON"),
        (b"[" + b"1," * 600_000 + b"1]", "more than 500,000 values"),
        (b'"' + b"x" * 1_000_001 + b'"', "characters of text"),
        (b" " * (20 * 1024 * 1024 + 1), "is larger than"),
    ],
)
def test_json_is_bounded(content, wanted):
    with pytest.raises(Malformed, match=wanted):
        parse(content)


def test_bounds_can_be_smaller():
    with pytest.raises(Malformed, match="deep"):
        parse(b"[[[]]]", Bounds(depth=2))


def test_a_type_that_json_lacks_is_a_mistake_of_ours():
    @dataclasses.dataclass(frozen=True)
    class Odd:
        a: complex

    with pytest.raises(TypeError, match="complex"):
        typed.shape_of(Odd, {}, lambda kind, fields: kind(**fields))
    with pytest.raises(TypeError, match="complex"):
        typed.shape_of(Mapping[str, complex], {}, lambda kind, fields: kind(**fields))
