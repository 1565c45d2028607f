"""Which measures of a window lie beyond their limits, after correction for how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wardround.evidence.monitor import Signal, State
from wardround.monitoring.drift.measured import Measured
from wardround.stats.multiplicity import holm

#: How the false alerts of a window are shared: columns, sites, all columns together. Project choice.
COLUMNS, SITES, TOGETHER = 0.5, 0.25, 0.25


@dataclass(frozen=True)
class Judged:
    """A measure of a window. ``crossed``: beyond its limit; ``far``: so far that one window is enough."""

    measured: Measured
    window: str
    crossed: bool = False
    far: bool = False

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What is followed from window to window."""
        item = self.measured
        return item.rule, item.measure, item.column, item.level


def judge(items: Sequence[Measured], window: str, alpha: float) -> tuple[Judged, ...]:
    """Holm (1979) over all tests of the window: whatever their dependence, ``alpha`` is the chance that any is wrong.

    A far limit is never crossed without the near one, because its p-values are the larger ones of as large a family.
    """
    tested = [item for item in items if item.p is not None]
    near = holm([item.p or 0.0 for item in tested])
    far = holm([1.0 if item.p_far is None else max(item.p_far, item.p or 0.0) for item in tested])
    answers = {id(item): (one <= alpha, two <= alpha) for item, one, two in zip(tested, near, far, strict=True)}
    return tuple(Judged(item, window, *answers.get(id(item), (False, False))) for item in items)


def signal(judged: Judged, minimum: int) -> Signal:
    """What the evidence keeps."""
    item = judged.measured
    return Signal(
        rule=item.rule,
        measure=item.measure,
        window=judged.window,
        column=item.column,
        level=item.level,
        n=item.n,
        minimum=minimum,
        events=item.events,
        estimate=item.estimate,
        limits=item.limits,
        crossed=judged.crossed,
        state=item.state,
        note="; ".join(part for part in (item.detail, item.note) if part),
    )


@dataclass(frozen=True)
class Run:
    """One measure through the windows, oldest first; only windows in which it was assessed."""

    items: tuple[Judged, ...]

    @property
    def latest(self) -> Judged:
        """Its last assessed window."""
        return self.items[-1]

    def often(self, persistence: tuple[int, int]) -> bool:
        """Whether it is crossed in k of the last n windows, the last included."""
        k, n = persistence
        return self.latest.crossed and sum(item.crossed for item in self.items[-n:]) >= k

    @property
    def since(self) -> str:
        """The first window of the unbroken run of crossings up to the last; empty if the last is not crossed."""
        found = ""
        for item in reversed(self.items):
            if not item.crossed:
                break
            found = item.window
        return found

    @property
    def windows(self) -> tuple[str, ...]:
        """The windows in which it is crossed."""
        return tuple(item.window for item in self.items if item.crossed)


def runs(judged: Sequence[Judged]) -> dict[tuple[str, str, str, str], Run]:
    """Every tested measure with its windows. What is there in one window only (a suspected unit) has a run of that one."""
    found: dict[tuple[str, str, str, str], list[Judged]] = {}
    for item in judged:
        if item.measured.p is not None and item.measured.state is State.ASSESSED:
            found.setdefault(item.key, []).append(item)
    return {key: Run(tuple(items)) for key, items in found.items()}
