"""What may be shown: which cohorts, which groups, in which bins. Decided on exact counts, before anything is rounded.

The plan is safe even for a reader who learns every published cell *exactly*: all published cells, all differences that
can be formed between cohorts, and what is left of a column's total when its shown levels are taken away are large.
Rounding comes on top. ``docs/explanation/small-cells.md`` proves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from wardround.disclosure.cells import Binning, Cells, Wanted, choose, contrasts, large, stack, whole
from wardround.disclosure.cohort_cells import EVERYBODY, CohortCells
from wardround.disclosure.patterns import Pattern, nested
from wardround.evidence.measures import GroupMeasures

Levels = Mapping[str, Binning]


@dataclass(frozen=True)
class Plan:
    """What may be shown, by cohort in order of importance: everybody's binning, and that of each shown level.

    Binnings of a cohort are coarser than (or the same as) those of the cohorts before it, and a level's coarser than
    everybody's.
    """

    edges: tuple[float, ...]
    least: int
    everybody: Mapping[str, Binning] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, Levels]] = field(default_factory=dict)

    def binning_of(self, cohort: str, group: GroupMeasures) -> Binning | None:
        """The bins of that group in that cohort; None when it is not shown."""
        if not group.column:
            return self.everybody.get(cohort)
        return self.columns.get(group.column, {}).get(cohort, {}).get(group.name)


@dataclass(frozen=True)
class Planner:
    """Makes plans. ``closed`` columns were refused by the audit before, and are not shown at all.

    ``kept`` are the patterns in which a cohort's people were shown in earlier publications, the preferred one first.
    """

    edges: tuple[float, ...]
    wanted: Wanted
    least: int
    closed: frozenset[str] = frozenset()
    kept: Mapping[str, tuple[Pattern, ...]] = field(default_factory=dict)

    @property
    def bins(self) -> int:
        """How many fine bins there are."""
        return len(self.edges) - 1

    def plan(self, candidates: tuple[CohortCells, ...]) -> Plan:
        """The plan for these cohorts, the most important first.

        A later cohort never costs an earlier one its bins: it gets coarser ones, or is not shown.
        """
        shown: list[CohortCells] = []
        everybody: dict[str, Binning] = {}
        wanted = self.wanted
        for cohort in candidates:
            cells = self._news(shown, cohort, EVERYBODY)
            if cells.size and self._large(cells):
                binning = self._everybody(cells, cohort.name, wanted)
                wanted = wanted.within(binning)
                everybody[cohort.name] = binning
                shown.append(cohort)
        columns = list(dict.fromkeys(group.column for cohort in shown for group in cohort.groups.values()))
        plans = {column: self._column(column, shown, everybody) for column in columns if column}
        return Plan(self.edges, self.least, everybody, plans)

    def _everybody(self, cells: Cells, cohort: str, wanted: Wanted) -> Binning:
        """Everybody's bins: as before, with thresholds that can be added; else inside all that were shown before; else freely."""
        kept = [pattern.everybody for pattern in self.kept.get(cohort, ()) if pattern.everybody is not None]
        for before in kept:
            inside = {0, self.bins, *wanted.first, *wanted.others} >= {*before}
            if inside and large(cells, before, self.least):
                more = choose(cells, before, Wanted(wanted.first, ()), self.least)
                return more if all(nested(more, other) for other in kept) else before
        for before in kept:
            wanted = wanted.within(before)
        return choose(cells, whole(self.bins), wanted, self.least)

    def _large(self, cells: Cells) -> bool:
        return large(cells, whole(self.bins), self.least)

    def _news(self, before: list[CohortCells], cohort: CohortCells, group: str, minus: tuple[str, ...] = ()) -> Cells:
        """What showing the group in ``cohort`` tells: its cells by every model, and their contrasts with ``before``.

        ``minus`` groups are taken away first. Empty when the group has no cells.
        """
        told: list[Cells] = []
        for role in cohort.roles:
            arrays = [
                other.models[role][group] - sum(other.models[role][name] for name in minus)
                for other in (*before, cohort)
                if role in other.models and group in other.models[role]
            ]
            if group in cohort.models[role]:
                told += [arrays[-1], *contrasts(arrays)]
        return stack(told, self.bins)

    def _column(self, column: str, shown: list[CohortCells], everybody: Mapping[str, Binning]) -> dict[str, Levels]:
        """How the column is shown in each cohort: the same levels everywhere, or not at all."""
        plans: dict[str, Levels] = {}
        before: list[CohortCells] = []
        levels: tuple[str, ...] | None = None
        for cohort in shown if column not in self.closed else ():
            kept = [item.columns[column] for item in self.kept.get(cohort.name, ()) if column in item.columns]
            names = [group.name for group in cohort.groups.values() if group.column == column]
            able = [name for name in names if levels is None or name in levels]
            limits = {name: [everybody[cohort.name], *(plans[other.name][name] for other in before)] for name in able}
            again = self._again(column, before, cohort, limits, kept)
            among = tuple(name for name in able if all(name in old for old in kept)) if kept else levels
            found = tuple(again) if again is not None else self._levels(column, before, cohort, among)
            if not found or levels not in (None, found):
                continue
            levels = found
            coarse = {name: [*limits[name], *(old[name] for old in kept)] for name in levels} if again is None else {}
            plans[cohort.name] = self._binnings(column, before, cohort, coarse) if again is None else again
            before.append(cohort)
        return plans

    def _again(
        self,
        column: str,
        before: list[CohortCells],
        cohort: CohortCells,
        among: Mapping[str, Sequence[Binning]],
        kept: Sequence[Mapping[str, Binning]],
    ) -> Levels | None:
        """A pattern of before that is as safe for the models of today, or None. ``among`` are the bins inside which a level must stay."""
        for old in kept:
            levels = {name: old[name] for name in among if name in old}
            inside = all({*binning} <= {*limit} for name, binning in levels.items() for limit in among[name])
            if levels and len(levels) == len(old) and inside and self._safe(column, before, cohort, levels):
                return levels
        return None

    def _safe(self, column: str, before: list[CohortCells], cohort: CohortCells, levels: Levels) -> bool:
        """Whether shown levels in these bins are large, with all that can be subtracted: what :meth:`_binnings` makes sure of."""
        if any(name not in cohort.models[role] for name in levels for role in cohort.roles):
            return False
        rest = self._rest(column, before, cohort, tuple(levels))
        hidden = [] if rest is None else [rest]
        told = {name: self._news(before, cohort, name) for name in levels}
        common = min(levels.values(), key=len)
        fine = {name: binning for name, binning in levels.items() if binning != common}
        if len({*fine.values()}) > 1 or not all({*common} <= {*binning} for binning in fine.values()):
            return False
        if not all(large(cells, common, self.least) for cells in (*told.values(), *hidden)):
            return False
        if not fine:
            return True
        binning = next(iter(fine.values()))
        others = self._news(before, cohort, EVERYBODY, tuple(fine))
        enough = len(levels) - len(fine) >= 2 - len(hidden)
        return enough and all(large(cells, binning, self.least) for cells in (*(told[name] for name in fine), others))

    def _levels(
        self, column: str, before: list[CohortCells], cohort: CohortCells, among: tuple[str, ...] | None
    ) -> tuple[str, ...]:
        """The levels to show, by complementary suppression: what is left of everybody must be large, or truly nothing."""
        names = [name for name, group in cohort.groups.items() if group.column == column]
        able = [
            name
            for name in names
            if (among is None or name in among)
            and all(name in cohort.models[role] for role in cohort.roles)
            and self._large(self._news(before, cohort, name))
        ]
        able.sort(key=lambda name: (cohort.groups[name].events, cohort.groups[name].n, name))
        while able:
            rest = self._rest(column, before, cohort, tuple(able))
            if rest is None or self._large(rest):
                break
            del able[0]
        return tuple(name for name in names if name in able)

    def _rest(
        self, column: str, before: list[CohortCells], cohort: CohortCells, levels: tuple[str, ...]
    ) -> Cells | None:
        """Everybody minus the shown levels; None when every level is shown and nobody is left, so that nothing is hidden."""
        names = {group.name for group in cohort.groups.values() if group.column == column}
        rest = self._news(before, cohort, EVERYBODY, levels)
        return None if names == set(levels) and not rest.any() else rest

    def _binnings(
        self, column: str, before: list[CohortCells], cohort: CohortCells, limits: Mapping[str, list[Binning]]
    ) -> Levels:
        """Bins for the shown levels: one common binning, and a finer one for large levels where that hides the others.

        Levels that stay coarse are at least two (the hidden rest counts as one): their finer cells are known only as a
        sum, which must be large too.
        """
        levels = tuple(limits)
        told = {name: self._news(before, cohort, name) for name in levels}
        rest = self._rest(column, before, cohort, levels)
        hidden = [] if rest is None else [rest]
        common = self._within(limits, levels, [*told.values(), *hidden], whole(self.bins))
        best = dict.fromkeys(levels, common)
        order = sorted(levels, key=lambda name: int(cohort.models[cohort.roles[0]][name].sum(axis=-1).min()))
        for coarse in range(2 - len(hidden), len(levels)):
            fine = tuple(order[coarse:])
            others = self._news(before, cohort, EVERYBODY, fine)
            binning = self._within(limits, fine, [*(told[name] for name in fine), others], common)
            gained = {name: binning if name in fine else common for name in levels}
            if self._worth(gained) > self._worth(best):
                best = gained
        return best

    def _within(
        self, limits: Mapping[str, list[Binning]], levels: tuple[str, ...], told: list[Cells], start: Binning
    ) -> Binning:
        wanted = self.wanted
        for name in levels:
            for limit in limits[name]:
                wanted = wanted.within(limit)
        return choose(np.concatenate(told), start, wanted, self.least)

    def _worth(self, binnings: Levels) -> tuple[int, int]:
        """Thresholds kept, then bins kept, over all levels."""
        thresholds = sum(edge in binning for binning in binnings.values() for edge in self.wanted.first)
        return thresholds, sum(len(binning) for binning in binnings.values())
