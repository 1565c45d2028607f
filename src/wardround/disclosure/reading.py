"""Published values from JSON that an untrusted run wrote: strictly typed, and disclosed by the same rules as our own.

A publication comes back from where the code of a pull request ran. That code could be anything, so that what it calls published
is looked at again: shapes and words here, numbers in :mod:`wardround.disclosure.rechecking`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from wardround.disclosure import typed
from wardround.disclosure.auditing import audit
from wardround.disclosure.derived import AT_THRESHOLD
from wardround.disclosure.groups import PROBABILITIES, RANKS
from wardround.disclosure.published import KEY, Disclosed, FindingView, Published, Quantity
from wardround.disclosure.rechecking import recheck
from wardround.disclosure.shapes import Checked, Listed, Malformed, Named, Number, Shape, Text
from wardround.values import Population, Role, Verdict

T = TypeVar("T")


_NUMBER = r"-?[0-9]{1,6}(\.[0-9]{1,12})?(e-[0-9]{1,2})?"
_OVERALL = "|".join((*RANKS, *PROBABILITIES, "oe", "event_rate"))
_AT = "|".join(AT_THRESHOLD)
_PLAIN_MEASURE = Text(pattern=f"{_OVERALL}|{_AT}", longest=40)
_MEASURE = Text(pattern=f"({_OVERALL})|({_AT})@{_NUMBER}", longest=40)
_SHARE = Number(least=0, most=1)
_ROLE = Text(among=tuple(role.value for role in Role))
_REFERENCE = Text(among=(Role.BASE.value, Role.ANCHOR.value))
_POPULATION = Text(among=tuple(population.value for population in Population))
_VERDICT = Text(among=tuple(verdict.value for verdict in Verdict))
_NAME = Text(longest=200)
_COUNT = Number(whole=True, least=0)
#: A group is named ``column=level``.
_COLUMN = Text(longest=200, pattern="[^=]*")


def _make(kind: type, fields: Mapping[str, Any]) -> Any:
    return kind(KEY, **fields) if issubclass(kind, Disclosed) else kind(**fields)


def exact() -> dict[tuple[str, str], Shape]:
    """Words, ranges and names of fields whose type says too little: what renderers rely on."""
    quantity: dict[tuple[str, str], Shape] = {
        ("Quantity", "decimals"): Number(whole=True, least=0, most=4),
        ("Quantity", "origin"): Text(among=("table", "scores", "parameter")),
    }
    measures = Named(_PLAIN_MEASURE, typed.shape_of(Quantity, quantity, _make), longest=20)
    shares = dict.fromkeys(
        (
            ("AtThreshold", "threshold"),
            ("Bin", "low"),
            ("Bin", "high"),
            ("CalibrationPoint", "low"),
            ("CalibrationPoint", "high"),
            ("CalibrationPoint", "predicted"),
            ("CalibrationPoint", "observed"),
            ("CalibrationPoint", "observed_low"),
            ("CalibrationPoint", "observed_high"),
            ("RocPoint", "threshold"),
            ("RocPoint", "false_positive"),
            ("RocPoint", "true_positive"),
            ("DecisionPoint", "threshold"),
        ),
        _SHARE,
    )
    return {
        **shares,
        **quantity,
        ("AtThreshold", "measures"): measures,
        ("GroupView", "measures"): measures,
        ("BaselineView", "measures"): measures,
        ("HeldOutSiteView", "measures"): measures,
        ("Published", "thresholds"): Listed(_SHARE, longest=50),
        ("Published", "min_cell"): Number(whole=True, least=1, most=1000),
        ("Bin", "events"): _COUNT,
        ("Bin", "non_events"): _COUNT,
        ("CalibrationPoint", "n"): _COUNT,
        ("GroupView", "column"): _COLUMN,
        ("GroupView", "level"): _NAME,
        ("GroupChange", "column"): _COLUMN,
        ("GroupChange", "level"): _NAME,
        ("ModelView", "role"): _ROLE,
        ("Cohort", "population"): _POPULATION,
        ("BaselineView", "population"): _POPULATION,
        ("AgainstView", "reference"): _REFERENCE,
        ("AgainstView", "test_set"): Text(among=("head", "reference")),
        ("DifferenceView", "measure"): _MEASURE,
        ("DifferenceView", "better"): Text(among=("up", "down", "one", "zero")),
        ("FactView", "name"): _NAME,
        ("FactView", "type"): Text(among=("count", "proportion", "measure", "margin", "text")),
        ("FactView", "group"): Text(longest=401),
        ("FindingView", "rule"): Text(longest=100, pattern=r"[a-z_]+(\.[a-z_]+)*"),
        ("FindingView", "verdict"): _VERDICT,
        ("DecisionView", "verdict"): _VERDICT,
        ("DecisionView", "project"): _NAME,
        ("DecisionView", "outcome"): _NAME,
        ("FailureView", "verdict"): _VERDICT,
        ("ValidationView", "verdict"): _VERDICT,
        ("LevelCount", "level"): _NAME,
        ("ShareChange", "label"): _NAME,
        ("ColumnView", "column"): _NAME,
        ("ImportanceView", "feature"): _NAME,
    }


@functools.cache
def shape(kind: type, more: tuple[tuple[tuple[str, str], Shape], ...] = ()) -> Shape:
    """The shape of a class whose fields may hold published values; ``more`` are exact shapes of fields of its own."""
    return typed.shape_of(kind, {**exact(), **dict(more)}, _make)


@dataclass(frozen=True)
class Trusted:
    """What the reader knows better than the file: ``min_cell`` of the params that judge.

    ``audited``: also prove by integer programming that no small count can be inferred, which takes seconds.
    """

    min_cell: int
    audited: bool = False


def read(value: Any, trusted: Trusted) -> Checked[Published]:
    """Published values from JSON types, or the reason why there are none."""
    return read_as(Published, shape(Published), value, trusted)


def read_as(kind: type[T], wanted: Shape, value: Any, trusted: Trusted) -> Checked[T]:
    """Any dataclass whose fields may hold published values, each of which is disclosed by the rules."""
    try:
        made = typed.read(wanted, value)
    except Malformed as error:
        return Checked(None, str(error))
    assert isinstance(made, kind)
    problems = recheck(made, trusted.min_cell)
    if not problems and trusted.audited:
        problems = _audited(made)
    return Checked(None, "; ".join(problems)) if problems else Checked(made)


def _audited(made: Any) -> tuple[str, ...]:
    published = made if isinstance(made, Published) else getattr(made, "published", None)
    if not isinstance(published, Published):
        return ()
    try:
        safe = audit(published).safe
    except Exception:  # noqa: BLE001 - what it says contradicts itself in a way that the audit did not foresee
        safe = False
    return () if safe else ("published: it is not proven that no small count can be inferred",)


@dataclass(frozen=True)
class Ruling:
    """The verdict of the trusted side, with its own findings: id, sentence and advice of each. All *cannot tell*."""

    verdict: Verdict
    findings: tuple[tuple[str, str, str], ...] = ()


def ruled(published: Published, ruling: Ruling) -> Published:
    """The publication under the trusted side's verdict, its findings first. Without a decision nothing is said."""
    decision = published.decision
    if decision is None:
        return published
    own = tuple(
        FindingView(KEY, name, Verdict.CANNOT_TELL.value, "", summary, advice, ())
        for name, summary, advice in ruling.findings
    )
    judged = replace(decision, key=KEY, verdict=ruling.verdict.value, findings=(*own, *decision.findings))
    return replace(published, key=KEY, min_cell=published.min_cell, decision=judged)
