"""The audit of a publication by integer programming: every count that is not shown keeps a wide range (DESIGN §9.5).

Why it is sound: a count's range counts as wide only when two whole worlds have been *found* that satisfy every statement of the
publication together and differ in that count by at least ``min_cell``. Worlds are checked after solving; a solver that stops
early, or errs, can make the audit fail but not pass. The search holds most variables fixed first, which makes the program
small and can only shorten a range; if that is not enough, everything varies. Every world that is found serves all
counts, so that few programs are solved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wardround.disclosure.knowledge import Knowledge, Target, learn
from wardround.disclosure.program import World, value
from wardround.disclosure.published import Published

#: Unknowns that may be varied in all programs of a publication's sets together: some minutes on a laptop (project choice).
MOST = 20_000_000.0


@dataclass(frozen=True)
class Narrow:
    """A count whose range could not be shown to be wide: the range that was found."""

    what: str
    cohort: str
    column: str
    low: int
    high: int


@dataclass(frozen=True)
class AuditResult:
    """How many counts were examined, with how many programs, and those that failed. Inside the trust boundary only."""

    examined: int
    programs: int
    narrow: tuple[Narrow, ...]
    feasible: bool = True

    @property
    def safe(self) -> bool:
        """Whether every count keeps a wide range."""
        return self.feasible and not self.narrow


def audit(published: Published) -> AuditResult:
    """Examines every hidden count of the publication, with nothing else in hand: whoever reads the publication finds the same."""
    return examine(learn(published), published.min_cell, None, budget=Budget())


class Budget:
    """How much an audit may still solve, in unknowns that were varied: unlike a clock, the same on every machine.

    What it does not reach counts as unsafe and is withheld, so that it bounds the time and not the safety.
    """

    def __init__(self, left: float = MOST) -> None:
        self.left = left

    def share(self) -> Budget:
        """Half of what is left, taken away: the next round, whose publication is smaller, has some too."""
        self.left /= 2
        return Budget(self.left)

    def spend(self, varied: int) -> bool:
        """Whether a program of so many unknowns may still be solved; if so it is counted."""
        if varied > self.left:
            return False
        self.left -= varied
        return True


#: Whether a count that was found narrow may be so: it is large, or known already.
Spared = Callable[[Target], bool]


def examine(
    known: Knowledge,
    cell: int,
    truth: World | None,
    *,
    spared: Spared = lambda _: False,
    budget: Budget | None = None,
) -> AuditResult:
    """The same, starting from a world that is known to be allowed (the true one), which saves finding one.

    A column of which one count is narrow is refused as a whole, so that its others are not looked at; and nothing more is where that is so for
    everybody, since a whole set of people is refused then.
    """
    if not known.targets:
        return AuditResult(0, 0, ())
    budget = budget or Budget(float("inf"))
    first = truth if truth is not None and known.statements.allows(truth) else None
    if first is None and budget.spend(known.program.variables):
        first = known.statements.some()
    if first is None:
        return AuditResult(len(known.targets), 1, (), feasible=False)
    return _Search(known, cell, first, budget).run(spared)


class _Search:
    """Ranges of all targets over all worlds found so far."""

    def __init__(self, known: Knowledge, cell: int, first: World, budget: Budget) -> None:
        self.known, self.cell, self.worlds = known, cell, [first]
        self.budget = budget
        self.low = [value(target.terms, first) for target in known.targets]
        self.high = list(self.low)
        self.programs = 0

    def run(self, spared: Spared) -> AuditResult:
        """Solves for the targets that are not wide yet, one after the other: everybody first, then column by column."""
        narrow: dict[str, Narrow] = {}
        places = sorted(range(len(self.known.targets)), key=lambda place: self.known.targets[place].column != "")
        for place in places:
            target = self.known.targets[place]
            if target.column in narrow or self._widen(place) or spared(target):
                continue
            limits = int(self.low[place]), int(self.high[place])
            narrow[target.column] = Narrow(target.what, target.cohort, target.column, *limits)
            if not target.column:
                break
        return AuditResult(len(self.known.targets), self.programs, tuple(narrow.values()))

    def _widen(self, place: int) -> bool:
        for free in self.known.blocks(self.known.targets[place]):
            for sign in (1.0, -1.0):
                if self.high[place] - self.low[place] >= self.cell:
                    return True
                if self.budget.spend(len(free)):
                    self._look(place, sign, free)
        return self.high[place] - self.low[place] >= self.cell

    def _look(self, place: int, sign: float, free: list[int]) -> None:
        """Looks for a world far above (or below) what was found for the target."""
        terms = {at: sign * weight for at, weight in self.known.targets[place].terms.items()}
        least = self.low[place] + self.cell if sign > 0 else self.cell - self.high[place]
        # the base with most people in the group: where the group is empty, nobody can be moved within it
        group = self.known.targets[place].group
        base = max(self.worlds, key=lambda world: value(group, world))
        world = self.known.statements.far(base, terms, least, free)
        self.programs += 1
        if world is None:
            return
        self.worlds.append(world)
        for other, target in enumerate(self.known.targets):
            found = value(target.terms, world)
            self.low[other] = min(self.low[other], found)
            self.high[other] = max(self.high[other], found)
