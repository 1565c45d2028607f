"""A reader who wants to know: narrows true counts from a publication's plain JSON, with nothing else in hand.

It shares no code with the audit. It knows the rounding (a shown ``r`` is ``r - 5`` to ``r + 4`` and at least the smallest count that
is shown), that levels and people without a level are everybody, that new subjects are comers and compared encounters are
test encounters, that all models scored the same people, and what mean probabilities and expected events say about
score bins. Bounds are HiGHS's proven dual bounds, so that a narrow range is really narrow.
"""

import itertools
import math

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

NOBODY = "?"


class Attack:
    """What the publication says about one column (and everybody)."""

    def __init__(self, plain, column, *, exact=False):
        self.plain, self.column, self.exact = plain, column, exact
        self.least = plain["min_cell"]
        self.index, self.rows = {}, []
        self.cohorts = list(self._cohorts())
        cuts = {0.0, 1.0, *plain["thresholds"]}
        for _, _, groups in self.cohorts:
            cuts |= {bin_["low"] for group in groups.values() for bin_ in group["bins"]}
        self.cuts = sorted(cuts)
        self.bins = list(itertools.pairwise(self.cuts))
        for key, role, groups in self.cohorts:
            self._tables(key, role, groups)
        self._models()
        self._nested()
        self.left_out = dict(self._exclusions())

    def _cohorts(self):
        for place, against in enumerate(self.plain["against"]):
            for cohort in against["cohorts"]:
                yield from self._models_of((place, cohort["population"]), cohort)
        for cohort in self.plain["cohorts"]:
            yield from self._models_of((-1, cohort["population"]), cohort)

    def _models_of(self, key, cohort):
        for model in cohort["models"]:
            groups = {
                group["level"] if group["column"] else "": group
                for group in model["groups"]
                if group["column"] in ("", self.column)
            }
            if "" in groups:
                yield key, model["role"], groups

    def var(self, *name):
        """The number of an unknown count."""
        return self.index.setdefault(name, len(self.index))

    def cells(self, key, role, level, outcome, low=0.0, high=1.0):
        """Unknowns of a group between two cuts."""
        return [
            self.var(key, role, level, outcome, i)
            for i, (a, b) in enumerate(self.bins)
            if a >= low - 1e-12 and b <= high + 1e-12
        ]

    def say(self, terms, low, high):
        """One statement."""
        self.rows.append((terms, low, high))

    def _shown(self, variables, shown):
        """A rounded count; or a pair, the lowest and highest that it can be, where that was worked out from other numbers."""
        if isinstance(shown, tuple):
            self.say(dict.fromkeys(variables, 1), *shown)
        elif shown is not None:
            low, high = (shown, shown) if self.exact else (max(shown - 5, self.least), shown + 4)
            self.say(dict.fromkeys(variables, 1), low, high)

    def _tables(self, key, role, groups):
        levels = [level for level in groups if level]
        for outcome, (low, high) in itertools.product((0, 1), self.bins if levels else ()):
            parts = [v for level in [*levels, NOBODY] for v in self.cells(key, role, level, outcome, low, high)]
            (whole,) = self.cells(key, role, "", outcome, low, high)
            self.say({**dict.fromkeys(parts, 1), whole: -1}, 0, 0)
        for level, group in groups.items():
            events, others = (self.cells(key, role, level, outcome) for outcome in (1, 0))
            self._shown(events + others, group["n"]["value"])
            self._shown(events, group["events"]["value"])
            for bin_ in group["bins"]:
                pair = [self.cells(key, role, level, outcome, bin_["low"], bin_["high"]) for outcome in (1, 0)]
                self._shown(pair[0], bin_["events"])
                self._shown(pair[1], bin_["non_events"])
                if bin_["predicted"] is not None:
                    step = bin_["precision"] / 2
                    self._mean(key, role, level, bin_, bin_["predicted"] - step, bin_["predicted"] + step)
            if group["expected"] and group["expected"]["value"] is not None:
                self._sum(key, role, level, group["expected"]["value"])
            for at in group["thresholds"]:
                for name, outcome, side in (("tp", 1, 1), ("fn", 1, 0), ("fp", 0, 1), ("tn", 0, 0)):
                    if isinstance(at[name]["value"], tuple) or not group["bins"]:
                        limits = (at["threshold"], 1.0) if side else (0.0, at["threshold"])
                        self._shown(self.cells(key, role, level, outcome, *limits), at[name]["value"])

    def _mean(self, key, role, level, bin_, low, high):
        least, most = {}, {}
        for outcome in (0, 1):
            for i, (a, b) in enumerate(self.bins):
                if a >= bin_["low"] and b <= bin_["high"]:
                    place = self.var(key, role, level, outcome, i)
                    least[place], most[place] = a - high, b - low
        self.say(least, -np.inf, 1e-9)
        self.say(most, -1e-9, np.inf)

    def _sum(self, key, role, level, shown):
        least, most = shown if isinstance(shown, tuple) else (shown - 5, shown + 5)
        for side, low, high in ((0, -np.inf, most), (1, least, np.inf)):
            terms = {
                self.var(key, role, level, outcome, i): edges[side]
                for outcome in (0, 1)
                for i, edges in enumerate(self.bins)
                if edges[side]
            }
            self.say(terms, low, high)

    def _models(self):
        for (key, role, groups), (other, second, _) in itertools.combinations(self.cohorts, 2):
            if key == other and role != second:
                for level, outcome in itertools.product([*groups, *([NOBODY] if len(groups) > 1 else [])], (0, 1)):
                    one, two = self.cells(key, role, level, outcome), self.cells(key, second, level, outcome)
                    self.say({**dict.fromkeys(one, 1), **dict.fromkeys(two, -1)}, 0, 0)

    def _nested(self):
        for (key, role, groups), (other, second, bigger) in itertools.permutations(self.cohorts, 2):
            inside = key[0] == other[0] or (other[0] == -1 and self.plain["against"][key[0]]["test_set"] == "head")
            narrower = key[1] == other[1] or key[1] == "new_subjects"
            if role == second and key != other and inside and narrower:
                for level in [*groups, *([NOBODY] if len(groups) > 1 and len(bigger) > 1 else [])]:
                    for outcome in (0, 1):
                        pairs = zip(
                            self.cells(key, role, level, outcome),
                            self.cells(other, second, level, outcome),
                            strict=True,
                        )
                        for small, big in pairs:
                            self.say({big: 1, small: -1}, 0, np.inf)

    def _exclusions(self):
        """How many of the test set are left out of a comparison, where both sizes are known: (place, terms)."""
        for place, against in enumerate(self.plain["against"]):
            key = (place, "all_comers")
            left = against["exclusions"]
            if left is None or not any((key, "head") == cohort[:2] for cohort in self.cohorts):
                continue
            compared = self.cells(key, "head", "", 0) + self.cells(key, "head", "", 1)
            everybody = self.var("test", place)
            terms = {everybody: 1, **dict.fromkeys(compared, -1)}
            self.say(terms, 0, np.inf)
            self._shown([everybody], left["test_encounters"]["value"])
            self._shown(compared, left["compared"]["value"])
            whole = ((-1, "all_comers"), "head")
            if against["test_set"] == "head" and any(whole == cohort[:2] for cohort in self.cohorts):
                whole = self.cells(*whole, "", 0) + self.cells(*whole, "", 1)
                self.say({everybody: 1, **dict.fromkeys(whole, -1)}, 0, 0)
            for seen in (left["seen_by_head"], left["seen_by_reference"]):
                if seen["value"] is not None:
                    self.say(terms, max(seen["value"] - 5, self.least), np.inf)
            yield place, terms

    def finish(self):
        """The statements as matrices."""
        data = [(i, place, weight) for i, (terms, _, _) in enumerate(self.rows) for place, weight in terms.items()]
        rows, columns, weights = (np.array(part) for part in zip(*data, strict=True))
        matrix = coo_array((weights.astype(float), (rows, columns)), shape=(len(self.rows), len(self.index))).tocsr()
        self.constraint = LinearConstraint(
            matrix, np.array([row[1] for row in self.rows], float), np.array([row[2] for row in self.rows], float)
        )
        return self

    def allows(self, world):
        """Whether a world (by variable name) satisfies everything: the attack must not exclude the truth."""
        vector = np.array([world(name) for name in self.index], float)
        found = self.constraint.A @ vector
        return bool((found >= self.constraint.lb - 1e-6).all() and (found <= self.constraint.ub + 1e-6).all())

    def narrow(self, terms, seconds=2.0):
        """The proven range of a weighted sum of unknowns."""
        limits = []
        for sign in (1, -1):
            cost = np.zeros(len(self.index))
            for place, weight in terms.items():
                cost[place] = sign * weight
            # the linear bound is mostly whole already; the integer program sharpens those that matter
            found = milp(cost, constraints=self.constraint, bounds=Bounds(0, np.inf))
            assert found.status in (0, 3), found.message
            limits.append(-math.inf if found.status == 3 else found.fun)
        if not all(map(math.isfinite, limits)):
            return 0 if math.isinf(limits[0]) else math.ceil(limits[0] - 1e-6), math.inf
        low, high = math.ceil(limits[0] - 1e-6), math.floor(-limits[1] + 1e-6)
        if high - low >= 2 * self.least:
            return low, high
        for side, sign in enumerate((1, -1)):
            cost = np.zeros(len(self.index))
            for place, weight in terms.items():
                cost[place] = sign * weight
            found = milp(
                cost,
                integrality=np.ones(len(self.index)),
                constraints=self.constraint,
                bounds=Bounds(0, np.inf),
                options={"time_limit": seconds},
            )
            bound = found.fun if found.status == 0 else found.mip_dual_bound
            if bound is not None and math.isfinite(bound):
                if side == 0:
                    low = max(low, math.ceil(bound - 1e-6))
                else:
                    high = min(high, math.floor(-bound + 1e-6))
        return low, high


def columns(plain):
    """All columns that the publication names, and none for everybody alone."""
    found = [
        group["column"]
        for against in [*plain["against"], {"cohorts": plain["cohorts"]}]
        for cohort in against["cohorts"]
        for model in cohort["models"]
        for group in model["groups"]
    ]
    return list(dict.fromkeys(found))


def shares(value, low, high, decimals, n_range, formula):
    """All (count, size) whose share with its interval rounds to what was published: what exact intervals give away."""
    return [
        (count, n)
        for n in n_range
        for count in range(n + 1)
        if all(
            abs(round(number, decimals) - shown) < 1e-9
            for number, shown in zip(formula(count, n), (value, low, high), strict=True)
        )
    ]
