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

from wardround.disclosure.cohorts import size
from wardround.disclosure.knowledge import Knowledge, Target, learn
from wardround.disclosure.program import World, value
from wardround.disclosure.published import Published

#: What all programs of an audit may cost together (see ``Budget``): some minutes on a laptop (project choice).
MOST = 20_000_000.0
#: A publication of more unknowns is not audited, and so withheld: they would not fit into memory. Project choice, far beyond real ones.
MOST_UNKNOWNS = 100_000
#: Programs of more unknowns than these take more than their share of time (project choice, by measurement).
_LARGE = 10_000


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
    if size(published) > MOST_UNKNOWNS:
        return AuditResult(0, 0, (), feasible=False)
    return examine(learn(published), published.min_cell, None, budget=Budget())


class Budget:
    """How much an audit may still solve, in unknowns: unlike a clock, the same on every machine.

    What it does not reach counts as unsafe and is withheld, so that it bounds the time and not the safety. A program costs the unknowns that
    it varies, more than in proportion where they are many; and a tenth of all unknowns, since every statement is gone through.
    """

    def __init__(self, left: float = MOST) -> None:
        self.left = left

    def share(self) -> Budget:
        """Half of what is left, taken away: the next round, whose publication is smaller, has some too."""
        self.left /= 2
        return Budget(self.left)

    def spend(self, varied: int, of: int) -> bool:
        """Whether a program that varies so many of so many unknowns may still be solved; if so it is counted."""
        cost = varied * max(1.0, varied / _LARGE) + of / 10
        if cost > self.left:
            return False
        self.left -= cost
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
    if first is None and budget.spend(known.program.variables, known.program.variables):
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

    def _wide(self, place: int) -> bool:
        return self.high[place] - self.low[place] >= self.cell

    def _widen(self, place: int) -> bool:
        free: list[int] = []
        for free in self.known.blocks(self.known.targets[place]):
            for sign in (1.0, -1.0):
                if self._wide(place):
                    return True
                self._look(place, sign, free, self._far(place, sign))
        return self._wide(place) or self._from_the_top(place, free)

    def _far(self, place: int, sign: float) -> float:
        """A value that would make the range wide, and the sign's multiple of it."""
        return self.low[place] + self.cell if sign > 0 else self.cell - self.high[place]

    def _from_the_top(self, place: int, free: list[int]) -> bool:
        """Whether the range is wide though what was found lies in its middle: the highest value by halving, and from there down."""
        beyond = self._far(place, 1.0)
        while beyond - self.high[place] > 1 and not self._wide(place):
            middle = self.high[place] + (beyond - self.high[place]) // 2
            if not self._look(place, 1.0, free, middle):
                beyond = middle
        if not self._wide(place):
            self._look(place, -1.0, free, self._far(place, -1.0))
        return self._wide(place)

    def _look(self, place: int, sign: float, free: list[int], least: float) -> bool:
        """Whether a world was found in which the target (or its negative) is ``least`` or more, while the budget lasts."""
        if not self.budget.spend(len(free), self.known.program.variables):
            return False
        terms = {at: sign * weight for at, weight in self.known.targets[place].terms.items()}
        # the base with most people in the group: where the group is empty, nobody can be moved within it
        group = self.known.targets[place].group
        base = max(self.worlds, key=lambda world: value(group, world))
        world = self.known.statements.far(base, terms, least, free)
        self.programs += 1
        if world is None:
            return False
        self.worlds.append(world)
        for other, target in enumerate(self.known.targets):
            found = value(target.terms, world)
            self.low[other] = min(self.low[other], found)
            self.high[other] = max(self.high[other], found)
        return True
