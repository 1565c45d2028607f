"""``watched``: what may be published of a look of the monitor (DESIGN §9).

Shares, rates and O/E come from rounded counts and only where events and non-events are many; one small level of a margin hides the
next smallest too. What counts people and does not say how many is not shown at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from wardround.disclosure.confusions import key_of, telling
from wardround.disclosure.margins import count, share, shown_levels
from wardround.disclosure.rounding import BASE, GROUP_DECIMALS, OVERALL_DECIMALS, observed_expected, to_ten, wilson
from wardround.disclosure.statements import FactView
from wardround.disclosure.values import KEY, Count, Quantity, Why
from wardround.disclosure.watched import OPERATIONS, CauseView, SignalView, WatchFindingView, WatchView, WindowView
from wardround.evidence.decision import Fact
from wardround.evidence.monitor import MonitorEvidence, MonitorFinding, Signal, State

#: Words in the name of a measure that counts encounters: without its ``events`` such a number is withheld.
_COUNTING = (
    "share",
    "rate",
    "missing",
    "violation",
    "prevalence",
    "alerts",
    "events",
    "ppv",
    "npv",
    "sensitivity",
    "specificity",
    "oe",
)
#: Words in the name of a measure that is its events times a constant.
_PROPORTIONAL = ("per_day", "per_100", "per_week")
#: A value within this of events / n is that share.
_SAME = 1e-9


def watched(evidence: MonitorEvidence, *, min_cell: int, published: Iterable[SignalView] = ()) -> WatchView:
    """The look as it may leave the trust boundary. Pure; summaries, advice and notes hold no patients' numbers by their contract.

    ``published`` are signals of earlier looks. A statistic of a window stays as it was said until many more encounters are in it: of two
    that differ by one late outcome, the difference would be about one person.
    """
    hidden, told = _hidden(evidence.signals, min_cell), telling(evidence.signals, min_cell)
    before = {_about(item): item for item in published}
    fresh = (_signal(item, min_cell, hidden, told=key_of(item) in told) for item in evidence.signals)
    signals = tuple(_settled(item, before.get(_about(item)), min_cell) for item in fresh)
    return WatchView(
        KEY,
        min_cell=min_cell,
        project=evidence.project,
        stage=evidence.stage,
        versions=evidence.versions,
        until=evidence.until.isoformat(),
        windows=tuple(
            WindowView(KEY, span.name, span.start.isoformat(), span.end.isoformat()) for span in evidence.windows
        ),
        answers=_count(evidence.answers, min_cell),
        outcomes=_count(evidence.outcomes, min_cell),
        matured=_count(evidence.matured, min_cell),
        skipped=evidence.skipped,
        signals=signals,
        findings=tuple(_finding(item, signals, min_cell) for item in evidence.findings),
        causes=tuple(
            CauseView(KEY, item.kind.value, item.subject, item.summary, item.rules) for item in evidence.causes
        ),
    )


def _about(item: SignalView) -> tuple[str, str, str, str, str]:
    return item.rule, item.measure, item.column, item.level, item.window


def _settled(new: SignalView, old: SignalView | None, least: int) -> SignalView:
    """The new view, with the old number where it rests on nearly the same encounters and comes from scores, not from rounded counts."""
    if old is None or new.n.value is None or old.n.value is None or not (new.estimate.shown and old.estimate.shown):
        return new
    if new.estimate.origin != "scores" or abs(new.n.value - old.n.value) >= least + BASE - 1:
        return new
    return replace(new, key=KEY, n=old.n, estimate=old.estimate)


def _count(number: int, least: int) -> Count:
    return count(number, show=number >= least)


_Cell = tuple[str, str, str]


def _hidden(signals: Iterable[Signal], least: int) -> frozenset[_Cell]:
    """Windows with column and level that are hidden beside others of their margin, or because their events are few."""
    margins: dict[tuple[str, str, str, str], dict[str, Signal]] = defaultdict(dict)
    for item in signals:
        if item.level:
            margins[item.rule, item.measure, item.window, item.column][item.level] = item
    found: set[_Cell] = set()
    for (_rule, _measure, window, column), levels in margins.items():
        sizes = {level: item.n for level, item in levels.items()}
        able = set(shown_levels(sizes, sum(sizes.values()), least))
        events = {level: item.events for level, item in levels.items() if item.events is not None}
        if len(events) == len(levels):
            spared = {level: sizes[level] - number for level, number in events.items()}
            able &= set(shown_levels(events, sum(events.values()), least, spared))
        found |= {(window, column, level) for level in levels if level not in able}
    return frozenset(found)


def _signal(item: Signal, least: int, hidden: frozenset[_Cell], *, told: bool) -> SignalView:
    shown = item.n >= least and (item.window, item.column, item.level) not in hidden and not told
    operation = item.rule in OPERATIONS
    low, high = item.limits
    return SignalView(
        KEY,
        item.rule,
        item.measure,
        item.window,
        item.column,
        item.level,
        Count(KEY, None, Why.UNDEFINED) if operation else count(item.n, show=shown),
        _estimate(item, 0 if operation else least, shown=shown or operation),
        low,
        high,
        item.crossed,
        item.state.value,
        item.note or item.estimate.note,
    )


def _estimate(item: Signal, least: int, *, shown: bool) -> Quantity:
    value, events = item.estimate.value, item.events
    decimals = GROUP_DECIMALS if item.level else OVERALL_DECIMALS
    if item.state is not State.ASSESSED:
        return Quantity(KEY, None, decimals=decimals, withheld=Why.NOT_ASSESSED)
    if value is None:
        return Quantity(KEY, None, decimals=decimals, withheld=Why.UNDEFINED)
    small = Quantity(KEY, None, decimals=decimals, withheld=Why.SMALL)
    name = item.measure.lower().partition("@")[0]
    counting = _counts(name) and item.rule not in OPERATIONS
    if not shown or (events is None and counting):
        return small
    if events is not None and (min(events, item.n - events) < least and (counting or item.level)):
        return small
    if events is not None and abs(value - events / item.n) <= _SAME:
        return share(events, item.n, show=True, decimals=decimals)
    if item.estimate.method == "weighted":  # no ratio of counts, so that no count comes back from it
        return _rounded(value, item.estimate.low, item.estimate.high, GROUP_DECIMALS)
    if events is not None and name.split("_")[0] == "oe" and value > 0:
        expected = to_ten(events / value)
        if expected <= 0:
            return small
        ratio = observed_expected(to_ten(events), expected)
        return _rounded(ratio.value, ratio.low, ratio.high, decimals)
    scale = to_ten(events) / events if events and any(word in item.measure for word in _PROPORTIONAL) else 1.0
    low, high = (None if limit is None else limit * scale for limit in (item.estimate.low, item.estimate.high))
    return _rounded(value * scale, low, high, decimals)


def _counts(name: str) -> bool:
    """Whether a measure counts encounters. A gap is the difference of two groups' shares, each of many."""
    return not name.endswith("_gap") and bool({*name.replace("-", "_").split("_")} & {*_COUNTING})


def _rounded(value: float, low: float | None, high: float | None, decimals: int) -> Quantity:
    low, high = (None if limit is None else round(limit, decimals) for limit in (low, high))
    return Quantity(KEY, round(value, decimals), low, high, decimals, origin="scores")


def _finding(item: MonitorFinding, signals: tuple[SignalView, ...], least: int) -> WatchFindingView:
    own = {
        (view.measure, view.group): view
        for view in signals
        if view.rule == item.rule and (not item.windows or view.window == item.windows[-1])
    }
    return WatchFindingView(
        KEY,
        item.rule,
        item.severity.value,
        item.subject,
        item.summary,
        item.advice,
        item.since,
        item.windows,
        tuple(_fact(fact, fact.group or item.subject or "all", own, least) for fact in item.facts),
    )


def _fact(item: Fact, group: str, own: Mapping[tuple[str, str], SignalView], least: int) -> FactView:
    """One fact of a finding. What a signal of the rule says is said again with the signal's own numbers, never with others."""
    if item.type == "text":
        return FactView(KEY, item.name, item.type, item.group, text=item.text)
    if item.type == "count":
        number = item.count or 0
        counts = [view.n for (_, name), view in own.items() if name == group and to_ten(number) == view.n.value]
        return FactView(KEY, item.name, item.type, item.group, count=counts[0] if counts else _count(number, least))
    told = own.get((item.name, group)) if item.type == "measure" else None
    if told is not None:
        return FactView(KEY, item.name, item.type, item.group, quantity=told.estimate)
    return FactView(KEY, item.name, item.type, item.group, quantity=_quantity(item, least))


def _quantity(item: Fact, least: int) -> Quantity:
    if item.type == "margin":
        return Quantity(KEY, item.value, decimals=4, origin="parameter")
    if item.type == "proportion":
        some, whole = item.numerator or 0, item.denominator or 0
        if min(some, whole - some) < least:
            return Quantity(KEY, None, withheld=Why.SMALL)
        ratio = wilson(to_ten(some), max(to_ten(whole), to_ten(some)))
        value, low, high = (round(limit, GROUP_DECIMALS) for limit in (ratio.value, ratio.low, ratio.high))
        return Quantity(KEY, value, low, high)
    if item.value is None:
        return Quantity(KEY, None, withheld=Why.UNDEFINED)
    if _counts(item.name.lower().replace(" ", "_").partition("@")[0]):
        return Quantity(KEY, None, withheld=Why.SMALL)
    return _rounded(item.value, item.low, item.high, GROUP_DECIMALS)
