"""The audit of a publication by integer programming: every count that is not shown keeps a wide range (DESIGN §9.5).

Why it is sound: a count's range counts as wide only when two whole worlds have been *found* that satisfy every statement of the
publication together and differ in that count by at least ``min_cell``. Worlds are checked after solving; a solver that stops
early, or errs, can make the audit fail but not pass. The search holds most variables fixed first, which makes the program
small and can only shorten a range; if that is not enough, everything varies. Every world that is found serves all
counts, so that few programs are solved.
"""

from __future__ import annotations

from dataclasses import dataclass

from wardround.disclosure.knowledge import Knowledge, learn
from wardround.disclosure.program import Statements, World, value
from wardround.disclosure.published import Published

#: Seconds for one program, a last resort far beyond its limit of nodes. What is not solved by then counts as unsafe.
SECONDS = 600.0


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


def audit(published: Published, *, seconds: float = SECONDS) -> AuditResult:
    """Examines every hidden count of the publication, with nothing else in hand."""
    return examine(learn(published), published.min_cell, None, seconds)


def examine(
    known: Knowledge, cell: int, truth: World | None, seconds: float = SECONDS, *, every: bool = False
) -> AuditResult:
    """The same, starting from a world that is known to be allowed (the true one), which saves finding one.

    A column of which one count is narrow is refused as a whole, so that its others are looked at only if ``every`` one is asked for: that is a
    set of publications, whose programs are large.
    """
    if not known.targets:
        return AuditResult(0, 0, ())
    statements = known.program.finished(brief=every)
    first = truth if truth is not None and statements.allows(truth) else statements.some(seconds=seconds)
    if first is None:
        return AuditResult(len(known.targets), 1, (), feasible=False)
    return _Search(known, statements, cell, seconds, first).run(every=every)


class _Search:
    """Ranges of all targets over all worlds found so far."""

    def __init__(self, known: Knowledge, statements: Statements, cell: int, seconds: float, first: World) -> None:
        self.known, self.statements, self.cell, self.seconds, self.worlds = known, statements, cell, seconds, [first]
        self.low = [value(target.terms, first) for target in known.targets]
        self.high = list(self.low)
        self.programs = 0

    def run(self, *, every: bool) -> AuditResult:
        """Solves for the targets that are not wide yet, one after the other."""
        narrow: list[Narrow] = []
        for place, target in enumerate(self.known.targets):
            if not every and any(item.column == target.column for item in narrow):
                continue  # the column is refused already
            if not self._widen(place):
                limits = int(self.low[place]), int(self.high[place])
                narrow.append(Narrow(target.what, target.cohort, target.column, *limits))
        return AuditResult(len(self.known.targets), self.programs, tuple(narrow))

    def _widen(self, place: int) -> bool:
        for free in self.known.blocks(self.known.targets[place]):
            for sign in (1.0, -1.0):
                if self.high[place] - self.low[place] >= self.cell:
                    return True
                self._look(place, sign, free)
        return self.high[place] - self.low[place] >= self.cell

    def _look(self, place: int, sign: float, free: list[int]) -> None:
        """Looks for a world far above (or below) what was found for the target."""
        terms = {at: sign * weight for at, weight in self.known.targets[place].terms.items()}
        least = self.low[place] + self.cell if sign > 0 else self.cell - self.high[place]
        # the base with most people in the group: where the group is empty, nobody can be moved within it
        group = self.known.targets[place].group
        base = max(self.worlds, key=lambda world: value(group, world))
        world = self.statements.far(base, terms, least, free, seconds=self.seconds)
        self.programs += 1
        if world is None:
            return
        self.worlds.append(world)
        for other, target in enumerate(self.known.targets):
            found = value(target.terms, world)
            self.low[other] = min(self.low[other], found)
            self.high[other] = max(self.high[other], found)
