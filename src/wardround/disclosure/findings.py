"""Facts of findings: each by its type, so that a finding can name its numbers without publishing a new one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wardround.disclosure.derived import AT_THRESHOLD
from wardround.disclosure.groups import quantity
from wardround.disclosure.published import (
    KEY,
    Cohort,
    Count,
    DecisionView,
    FactView,
    FindingView,
    GroupView,
    Quantity,
    Why,
)
from wardround.disclosure.rounding import GROUP_DECIMALS, OVERALL_DECIMALS, to_ten, wilson
from wardround.evidence.decision import Decision, Fact

#: Measures of the published table: facts about them repeat what the table shows.
_OF_TABLE = (*AT_THRESHOLD, "oe", "event_rate")
_WORDS = {"observed/expected": "oe", "o/e": "oe", "number_needed_to_evaluate": "nne"}
#: Facts of type count that are plans, not people.
_PLANS = ("events needed", "encounters needed")


@dataclass(frozen=True)
class Context:
    """What findings may lean on: the cohort that the gate judges (if shown), the operating threshold, the smallest count."""

    cohort: Cohort | None
    threshold: float | None
    least: int

    def group(self, name: str) -> GroupView | None:
        """The head's view of that group (everybody when empty)."""
        model = self.cohort.model("head") if self.cohort else None
        return model.group(name or "all") if model else None


def view(decision: Decision, context: Context) -> DecisionView:
    """The decision with every fact made safe. Summaries and advice hold no patients' numbers by their contract."""
    return DecisionView(
        KEY,
        decision.project,
        decision.verdict.value,
        decision.outcome,
        decision.subject_digest,
        decision.head_commit,
        decision.base_commit,
        decision.anchor_commit,
        decision.judged_by,
        decision.judge_changes,
        tuple(
            FindingView(
                KEY,
                finding.rule,
                finding.verdict.value,
                finding.subject,
                finding.summary,
                finding.advice,
                tuple(fact(item, context) for item in finding.facts),
            )
            for finding in decision.findings
        ),
        tuple((used.name, used.digest) for used in decision.evidence),
    )


def fact(item: Fact, context: Context) -> FactView:
    """One fact as it may be shown."""
    bare = FactView(KEY, item.name, item.type, item.group)
    match item.type:
        case "text":
            return replace(bare, key=KEY, text=item.text)
        case "margin":
            decimals = 4
            return replace(bare, key=KEY, quantity=Quantity(KEY, item.value, decimals=decimals, origin="parameter"))
        case "count":
            return replace(bare, key=KEY, count=_count(item, context))
        case "proportion":
            return replace(bare, key=KEY, quantity=_proportion(item, context))
        case "measure":
            return replace(bare, key=KEY, quantity=_measure(item, context))


def _count(item: Fact, context: Context) -> Count:
    if item.count is None:
        return Count(KEY, None, Why.UNDEFINED)
    group = context.group(item.group)
    in_view = item.name in _PLANS or (group is not None and group.n.shown)
    safe = in_view and item.count >= context.least
    return Count(KEY, to_ten(item.count)) if safe else Count(KEY, None, Why.SMALL)


def _proportion(item: Fact, context: Context) -> Quantity:
    """A share, from both numbers rounded, if numerator, denominator and what is between are large."""
    some, whole = item.numerator, item.denominator
    if some is None or whole is None:
        return Quantity(KEY, None, withheld=Why.UNDEFINED)
    group = context.group(item.group)
    if min(some, whole - some) < context.least or (item.group and (group is None or group.withheld)):
        return Quantity(KEY, None, withheld=Why.SMALL)
    share = wilson(to_ten(some), max(to_ten(whole), to_ten(some)))
    low, high = round(share.low, GROUP_DECIMALS), round(share.high, GROUP_DECIMALS)
    return Quantity(KEY, round(share.value, GROUP_DECIMALS), low, high)


def _measure(item: Fact, context: Context) -> Quantity:
    """A statistic: the table's own number where it is one of the table's, else two or three decimals if its group is shown."""
    group = context.group(item.group)
    if item.value is None:
        return Quantity(KEY, None, withheld=Why.UNDEFINED)
    decimals = OVERALL_DECIMALS if item.group in {"", "all"} else GROUP_DECIMALS
    name = item.name.lower().replace(" ", "_").replace("-", "_").partition("@")[0]
    difference = name.startswith("difference_in_")
    name = _WORDS.get(name.removeprefix("difference_in_"), name.removeprefix("difference_in_"))
    if name in _OF_TABLE:
        return _of_table(item, name, context, difference=difference)
    shown = quantity(group, name)
    if shown.withheld and shown.withheld is not Why.UNDEFINED:
        return Quantity(KEY, None, decimals=decimals, withheld=shown.withheld)
    if shown.shown and not difference:
        return shown  # what the table of measures shows, at its precision
    low, high = (None if limit is None else round(limit, decimals) for limit in (item.low, item.high))
    return Quantity(KEY, round(item.value, decimals), low, high, decimals=decimals, origin="scores")


def _of_table(item: Fact, name: str, context: Context, *, difference: bool) -> Quantity:
    at = item.name.partition("@")[2] or (repr(context.threshold) if context.threshold is not None else "")
    full = f"{name}@{at}" if name in AT_THRESHOLD else name
    if not difference:
        return quantity(context.group(item.group), full)
    change = context.cohort.change(item.group or "all") if context.cohort else None
    found = change.of(full) if change else None
    return found.difference if found else Quantity(KEY, None, withheld=Why.SMALL)
