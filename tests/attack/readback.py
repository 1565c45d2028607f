"""The finished editions as statements for the attack: the same form as a publication's JSON, worked out from what a reader sees.

Everything here comes from the files' text. What anybody knows is added: counts are rounded to 10, cells are at least the smallest count, compared
models share bins and people, and the declared thresholds (parameters in the repository).
"""

import itertools
import re

import decode
import geometry
from shown import ALL, NEW, Shown

AT = {
    "Sensitivity": "sensitivity",
    "Specificity": "specificity",
    "Positive predictive value": "ppv",
    "Negative predictive value": "npv",
}
STEPS = (0.2, 0.1, 0.05, 0.02, 0.01)
#: Bins that one population can have: the documented edges are multiples of 0.05.
MOST_BINS = 20
NOTHING = {"value": None}


class Report(Shown):
    """The numbers of one report, and what follows from them."""

    def plain(self):
        """The statements, in the form of a publication."""
        figures = {population: self._where(population) for population in (NEW, ALL)}
        against = []
        for place, (reference, test_set) in enumerate(self.places):
            cohorts = []
            for population in (NEW, ALL):
                size = self.sizes.get((reference, test_set, population))
                if size is None and figures[population] == place:
                    size = self._everybody(population)
                if size is not None:
                    drawn = figures[population] == place
                    cohorts.append(self._cohort(population, ("head", reference), size, place, drawn=drawn))
            exclusions = self._exclusions(reference) if cohorts else None
            against.append({"test_set": test_set, "cohorts": cohorts, "exclusions": exclusions})
        own = [
            self._cohort(population, ("head",), size, None, drawn=True)
            for population in (NEW, ALL)
            if figures[population] == -1 and (size := self._everybody(population))
        ]
        return {"min_cell": self.least, "thresholds": self.declared, "against": against, "cohorts": own}

    def _where(self, population):
        """The comparison that figures and the table of groups show: the first that shows the population; -1: the head's own; None: none."""
        for place, key in enumerate(self.places):
            if (*key, population) in self.sizes:
                return place
        return -1 if self._everybody(population) else None

    def _everybody(self, population):
        """Encounters and events, where only groups or figures show them."""
        shown = self.groups.get(("", ""), {})
        if population == NEW and "Encounters" in shown and "Events" in shown:
            return int(shown["Encounters"][0]), int(shown["Events"][0])
        return None

    def _exclusions(self, reference):
        for edition in self.texts:
            for said in edition.sentences:
                found = re.match(
                    r"Both models predict the same \w+(?:: ([\d,]+))?(?: of ([\d,]+) in the test set)?", said
                )
                if found and reference == "base":
                    compared, test = (None if part is None else int(part.replace(",", "")) for part in found.groups())
                    left = re.search(r"by the new model ([\d,]+|\w+)[^,]*, by the [\w ()]+? ([\d,]+|withheld)", said)
                    seen = [geometry.numeral(part) for part in left.groups()] if left else [None, None]
                    return {
                        "compared": {"value": compared},
                        "test_encounters": {"value": test},
                        "seen_by_head": {"value": seen[0]},
                        "seen_by_reference": {"value": seen[1]},
                    }
        return None

    def _cohort(self, population, roles, size, place, *, drawn):
        models = []
        edges = self._edges(population, size) if drawn else None
        for role in roles:
            bins, complete = self._bins(population, role, size, edges) if drawn else ([], False)
            shown = {} if place is None else self.measures.get((*self.places[place], population), {})
            shown = {(name, at): number for (name, at, of), number in shown.items() if of == role}
            if drawn and population == NEW and role == "head":
                everybody = self.groups.get(("", ""), {})
                shown |= {self._measure(heading): number for heading, number in everybody.items()}
            groups = [self._group("", "", size, shown, bins, complete, edges)]
            for column, names in self.levels.items():
                for level in names:
                    row = self.groups.get((column, level), {}) if drawn and population == NEW else {}
                    own = {self._measure(heading): number for heading, number in row.items()}
                    counts = tuple(row[key][0] if key in row else None for key in ("Encounters", "Events"))
                    if role != "head":  # the same people
                        own = {}
                    groups.append(self._group(column, level, counts, own, [], False, edges))
            models.append({"role": role, "groups": groups})
        return {"population": population, "models": models}

    @staticmethod
    def _measure(heading):
        name, at, value = heading.partition(" at ")
        return name, geometry.numeral(value) if at else None

    def _group(self, column, level, size, shown, bins, complete, edges):
        n, events = (None if number is None else int(number) for number in size)
        expected = NOTHING
        if ("Observed / expected", None) in shown:
            known = None if events is None else {events, 10 * ((events + 5) // 10)}
            counts, limits, exact = decode.ratios(shown["Observed / expected", None], known, n or 200)
            if limits is not None:
                expected = {"value": limits}
            if events is not None and exact:  # an exact ratio tells more than the rounded count beside it
                low, high = self._known(events)
                counts = {count for count in counts if low <= count <= high}
            if counts and (exact or events is None):
                events = decode.rounded(counts, self.least, exact=exact)
        at = []
        for threshold in self.declared:
            confusion = dict.fromkeys(("tp", "fn", "fp", "tn"), NOTHING)
            if not complete and isinstance(n, int) and isinstance(events, int):
                measures = {
                    AT[name]: number for (name, where), number in shown.items() if where == threshold and name in AT
                }
                confusion |= self._confusion(measures, (n, events), threshold, edges)
            at.append({"threshold": threshold, **confusion})
        return {
            "column": column,
            "level": level,
            "n": {"value": self._known(n)},
            "events": {"value": self._known(events)},
            "bins": bins,
            "expected": expected,
            "thresholds": at,
        }

    def _known(self, count):
        """A count that is no multiple of 10 was not rounded."""
        return decode.rounded(count, self.least) if isinstance(count, int) else count

    def _confusion(self, measures, size, threshold, edges):
        sides = (MOST_BINS, MOST_BINS)
        if edges:
            sides = (sum(edge >= threshold for edge in edges[:-1]), sum(edge < threshold for edge in edges[:-1]))
        explained = decode.confusions(measures, size, 5 * (sum(sides) + 1))
        found = {}
        for name, side in (("tp", 0), ("fn", 1), ("fp", 0), ("tn", 1)):
            values = {item[name] for item in explained} - {None}
            if values and not any(item[name] is None for item in explained):
                most = max(1, min(sides[side], int(max(values)) // 10))
                low, high = decode.rounded(values, self.least, cells=most)
                found[name] = {"value": (max(low, self.least), high)}
        return found

    def _edges(self, population, size):
        """Edges of everybody's bins, from 0 to 1; None where the figures do not tell."""
        bars = self.bars.get(population, [])
        if population == NEW and ("recall", "head") in self.curves:
            found = {round(x, 5) for key, points in self.curves.items() if key[0] == "decision" for x, _ in points}
            found |= {round(bar[0], 5) for bar in bars}
            found = sorted({0.0, 1.0, *found})
            if len(found) == len(self.curves["recall", "head"]) + 1:
                return found
        # the axis may end inside the last bar: it goes on to 1 if that makes every bar a multiple of 10
        whole = bars and abs(bars[-1][1] - 1) < 1e-6
        if bars and (whole or self._sizes_of_bars(bars, size)):
            return sorted({0.0, 1.0, *(round(bar[0], 5) for bar in bars)})
        return None

    @staticmethod
    def _sizes_of_bars(bars, size):
        """Encounters of every bar, when the last goes on to 1."""
        areas = [height * (right - left) for left, right, height in bars[:-1]]
        return decode.heights([*areas, bars[-1][2] * (1 - bars[-1][0])], size[0], 5 * (2 * len(bars) + 1))

    def _bins(self, population, role, size, edges):
        """Cells as far as the figures tell: (bins, whether they are all)."""
        if edges is None:
            return [], False
        count = len(edges) - 1
        near = 5 * (count + 1)
        means = self._means(population, role, edges)
        cells, exact = [], False
        if population == NEW and ("recall", role) in self.curves:
            cells, exact = decode.recall(self.curves["recall", role], size, near)
        if not cells:
            return self._partial(population, role, size, edges, means), False
        bins = []
        for i, (low, high) in enumerate(itertools.pairwise(edges)):
            pair = [decode.rounded({option[i][k] for option in cells}, self.least, exact=exact) for k in (0, 1)]
            bins.append(self._bin(low, high, *pair, means.get(i)))
        return bins, True

    @staticmethod
    def _bin(low, high, events, others, mean):
        step = next((s for s in STEPS if mean and abs(mean[0] / s - round(mean[0] / s)) < 1e-4), None)
        value = None if step is None else round(mean[0], 4)
        return {"low": low, "high": high, "events": events, "non_events": others, "predicted": value, "precision": step}

    def _means(self, population, role, edges):
        """Which bin each point of the calibration curve belongs to, where that is certain."""
        points = self.calibration.get((population, role), [])
        if len(points) == len(edges) - 1:
            return dict(enumerate(points))
        found = {}
        for point in points:
            step = next((s for s in STEPS if abs(point[0] / s - round(point[0] / s)) < 1e-4), 0.2)
            near = [
                i
                for i, (low, high) in enumerate(itertools.pairwise(edges))
                if low <= point[0] + step / 2 + 1e-6 and point[0] - step / 2 - 1e-6 <= high
            ]
            if len(near) == 1:
                found[near[0]] = point
        return found

    def _partial(self, population, role, size, edges, means):
        """Cells from calibration points (share and interval) and, for the head, from the bars."""
        near = 5 * (2 * len(edges) + 1)
        sizes = [None] * (len(edges) - 1)
        bars = self.bars.get(population, [])
        if role == "head" and len(bars) == len(sizes):
            options = self._sizes_of_bars(bars, size)
            sizes = [{option[i] for option in options} for i in range(len(sizes))] if options else sizes
        bins = []
        for i, (low, high) in enumerate(itertools.pairwise(edges)):
            events = others = None
            if i in means:
                among = sizes[i] or range(1, size[0] + near)
                pairs, exact = decode.shares((*means[i][1:], 3), among)
                if pairs:
                    events = decode.rounded({c for c, _ in pairs}, self.least, exact=exact)
                    others = decode.rounded({n - c for c, n in pairs}, self.least, exact=exact)
            bins.append(self._bin(low, high, events, others, means.get(i)))
        return bins
