"""What may be published of a retraining: the fixes that were tried, in numbers from rounded counts (DESIGN §9)."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from wardround.disclosure.margins import count
from wardround.disclosure.rounding import GROUP_DECIMALS, Ratio, observed_expected, to_ten, wilson
from wardround.disclosure.values import KEY, Count, Disclosed, Quantity, Why
from wardround.evidence.measures import Estimate
from wardround.evidence.retraining import Attempt, Counted, Fix, RetrainingEvidence


@dataclass(frozen=True)
class AttemptView(Disclosed):
    """One fix (empty: the model as it is) on the half that it was not fitted on. ``missed`` names limits, ``unable`` says why it was not tried.

    ``net_benefit`` is per 1,000 encounters. ``alerts_per_day`` is the whole window's.
    """

    _: KW_ONLY
    fix: str
    threshold: float
    auroc: Quantity
    oe: Quantity
    slope: Quantity
    sensitivity: Quantity
    ppv: Quantity
    alerts_per_day: Quantity
    alerts_per_100: Quantity
    net_benefit: Quantity
    missed: tuple[str, ...]
    unable: str

    @property
    def suffices(self) -> bool:
        """Whether it was tried and meets every limit."""
        return not self.missed and not self.unable


@dataclass(frozen=True)
class TriedView(Disclosed):
    """All fixes, the model as it is first. ``chosen`` is empty when none suffices."""

    _: KW_ONLY
    min_cell: int
    project: str
    start: str
    end: str
    n: Count
    events: Count
    attempts: tuple[AttemptView, ...]
    chosen: str
    unrepaired: tuple[str, ...]
    feedback: str


def tried(evidence: RetrainingEvidence, *, min_cell: int) -> TriedView:
    """The ladder as it may leave the trust boundary. Pure.

    O/E, shares and net benefit come from counts rounded to 10, and only where every cell of the two-by-two table is large enough; AUROC
    and slope have two decimals. What a recalibration's coefficients are is not shown: they would give the counts back.
    """
    half = evidence.judged_on
    shown = min(half.n, half.events, half.n - half.events) >= min_cell
    everything = (evidence.champion, *evidence.attempts)
    apart = _apart(evidence, min_cell)
    return TriedView(
        KEY,
        min_cell=min_cell,
        project=evidence.project,
        start=evidence.window.start.isoformat(),
        end=evidence.window.end.isoformat(),
        n=count(half.n, show=shown),
        events=count(half.events, show=shown),
        attempts=tuple(_attempt(item, half, min_cell, shown=shown, apart=item.fix in apart) for item in everything),
        chosen=evidence.chosen.value if evidence.chosen else "",
        unrepaired=evidence.unrepaired,
        feedback=evidence.feedback,
    )


#: Fixes that keep the order of the model's scores: whom one alerts and the other does not lie between two cuts of one ranking.
_ONE_ORDER = (None, Fix.THRESHOLD, Fix.INTERCEPT, Fix.PLATT)


def _apart(evidence: RetrainingEvidence, least: int) -> frozenset[Fix | None]:
    """Fixes whose tables may stand beside each other: the model as it is, the chosen fix, then the others as far as there is room.

    Two cuts of one ranking tell how many people lie between them, events and non-events: many, or nobody because the tables are equal.
    """
    found: dict[Fix | None, tuple[int, int, int, int]] = {}
    free: set[Fix | None] = set()
    order = sorted((evidence.champion, *evidence.attempts), key=lambda item: item.fix not in {None, evidence.chosen})
    for item in order:
        table = _table(item, evidence.judged_on)
        if table is None or item.fix not in _ONE_ORDER:
            free.add(item.fix)
        elif all(table == other or min(_moved(table, other)) >= least for other in found.values()):
            found[item.fix] = table
    return frozenset((*found, *free))


def _moved(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> tuple[int, int]:
    """Events and non-events that one alerts and the other does not."""
    return abs(one[0] - other[0]), abs(one[1] - other[1])


def _attempt(item: Attempt, half: Counted, least: int, *, shown: bool, apart: bool) -> AttemptView:
    table = _table(item, half)
    large = shown and apart and table is not None and min(table) >= least
    at_threshold = _of_table(item, table) if large and table is not None else {}
    small = _withheld(Why.SMALL if item.measures else Why.UNDEFINED)
    near = _withheld(Why.NEARLY_SHOWN) if shown and not apart else small
    oe = item.measures.get("oe")
    absent = _withheld(Why.UNPROVEN) if shown and oe is not None and oe.method == "weighted" else near
    return AttemptView(
        KEY,
        fix=item.fix.value if item.fix else "",
        threshold=item.threshold,
        auroc=_score(item.measures.get("auroc"), shown=shown),
        oe=_oe(item, half, least) if shown else small,
        slope=_score(item.measures.get("slope"), shown=shown),
        **{
            name: at_threshold.get(name, absent)
            for name in ("sensitivity", "ppv", "alerts_per_day", "alerts_per_100", "net_benefit")
        },
        missed=tuple(miss.limit for miss in item.failed),
        unable=item.unable,
    )


def _withheld(why: Why) -> Quantity:
    return Quantity(KEY, None, withheld=why)


def _score(estimate: Estimate | None, *, shown: bool) -> Quantity:
    if estimate is None or estimate.value is None:
        return _withheld(Why.UNDEFINED)
    if not shown:
        return _withheld(Why.SMALL)
    low, high = (None if end is None else round(end, GROUP_DECIMALS) for end in (estimate.low, estimate.high))
    return Quantity(KEY, round(estimate.value, GROUP_DECIMALS), low, high, origin="scores")


def _oe(item: Attempt, half: Counted, least: int) -> Quantity:
    found = item.measures.get("oe")
    if found is None or not found.value:
        return _withheld(Why.UNDEFINED)
    if found.method == "weighted":  # no ratio of counts, so that no count comes back from it
        return _score(found, shown=True)
    expected = half.events / found.value
    if expected < least:
        return _withheld(Why.SMALL)
    return _rounded(observed_expected(to_ten(half.events), to_ten(expected)))


def _table(item: Attempt, half: Counted) -> tuple[int, int, int, int] | None:
    """True and false positives, false and true negatives at the attempt's threshold."""
    of = {name: item.measures.get(f"{name}@{item.threshold!r}") for name in ("alerts_per_100", "sensitivity")}
    alerts, found = of["alerts_per_100"], of["sensitivity"]
    if alerts is None or alerts.value is None or found is None or found.value is None or found.method == "weighted":
        return None
    flagged, hits = round(alerts.value * half.n / 100.0), round(found.value * half.events)
    return hits, flagged - hits, half.events - hits, half.n - half.events - flagged + hits


def _of_table(item: Attempt, table: tuple[int, int, int, int]) -> dict[str, Quantity]:
    hits, false_alerts, missed, spared = (to_ten(number) for number in table)
    n, flagged = hits + false_alerts + missed + spared, hits + false_alerts
    odds = item.threshold / (1.0 - item.threshold)
    made = {
        "sensitivity": _share(hits, hits + missed),
        "ppv": _share(hits, flagged),
        "alerts_per_100": Quantity(KEY, round(100.0 * flagged / n, 1), decimals=1),
        "net_benefit": Quantity(KEY, round(1000.0 * (hits - false_alerts * odds) / n, 1), decimals=1),
    }
    day = item.measures.get(f"alerts_per_day@{item.threshold!r}")
    if day is not None and day.value:
        exact = table[0] + table[1]
        made["alerts_per_day"] = Quantity(KEY, round(day.value * flagged / exact, 1), decimals=1)
    return made


def _share(part: int, whole: int) -> Quantity:
    return _rounded(wilson(part, whole))


def _rounded(made: Ratio) -> Quantity:
    value, low, high = (round(number, GROUP_DECIMALS) for number in (made.value, made.low, made.high))
    return Quantity(KEY, value, low, high)
