"""Hospitals drawn by seed, with rare levels, sparse scores and nearly equal populations; and the evidence they give."""

from dataclasses import dataclass

import numpy as np

from wardround.evidence.comparison import (
    Against,
    Comparison,
    Difference,
    Exclusions,
    GroupDifferences,
    PairedPopulation,
)
from wardround.evidence.measures import Estimate, GroupMeasures, Metrics, PopulationMeasures, ScoreTable

EDGES = tuple(round(i / 20, 10) for i in range(21))
THRESHOLDS = (0.2, 0.1, 0.3)
Z = 1.959963984540054


@dataclass(frozen=True)
class Truth:
    """Row-level encounters: what must stay hidden."""

    outcome: np.ndarray
    levels: dict[str, np.ndarray]  # codes, -1 missing
    names: dict[str, tuple[str, ...]]
    scores: dict[str, np.ndarray]
    returning: np.ndarray  # subject seen in an earlier block
    left_out: np.ndarray  # subject seen by a compared model

    def rows(self, population, *, compared=True):
        """The encounters of one population."""
        keep = np.ones(len(self.outcome), bool)
        if population == "new_subjects":
            keep &= ~self.returning
        if compared:
            keep &= ~self.left_out
        return keep


def draw(seed, n=None, rate=None, more=None):
    """A hospital; about half of them have something small in an awkward place. ``more`` columns, by their number of levels."""
    rng = np.random.default_rng(seed)
    n = n or int(rng.choice([60, 150, 400, 1500, 5000]))
    rate = rate or float(rng.choice([0.05, 0.12, 0.3, 0.6]))
    sizes = {"sex": rng.integers(2, 4), "age": rng.integers(3, 6), "site": rng.integers(2, 6)} | (more or {})
    levels, names = {}, {}
    risk = np.full(n, np.log(rate / (1 - rate)))
    for column, size in sizes.items():
        weights = rng.dirichlet(np.full(size, 1.0))
        codes = rng.choice(size, n, p=weights)
        if rng.random() < 0.5:  # a level with a handful of people, or none
            few = rng.integers(0, 11)
            codes[codes == size - 1] = 0
            codes[rng.permutation(n)[:few]] = size - 1
        if rng.random() < 0.4:
            codes[rng.permutation(n)[: rng.integers(1, 11)]] = -1
        levels[column], names[column] = codes, tuple(f"{column[0]}{i}" for i in range(size))
        risk = risk + rng.normal(0, 0.5, size + 1)[codes]
    signal = rng.normal(0, 1, n)
    outcome = (rng.random(n) < 1 / (1 + np.exp(-(risk + signal)))).astype(int)
    scores = {}
    for role, noise in {"head": 0.5, "base": 0.7, "anchor": 0.9}.items():
        scores[role] = 1 / (1 + np.exp(-(risk + signal + rng.normal(0, noise * rng.random(), n))))
    if rng.random() < 0.3:  # nearly the same model
        scores["base"] = scores["head"].copy()
        moved = rng.permutation(n)[: rng.integers(0, 11)]
        scores["base"][moved] = np.clip(scores["base"][moved] + 0.1, 0, 1)
    returning = rng.random(n) < rng.choice([0.0, 0.02, 0.4])
    left_out = rng.random(n) < rng.choice([0.0, 0.0, 0.01, 0.2])
    return Truth(outcome, levels, names, scores, returning, left_out)


def table(outcome, score, edges=EDGES):
    """The exact score table."""
    place = np.clip(np.searchsorted(edges, score, side="right") - 1, 0, len(edges) - 2)
    n = np.bincount(place, minlength=len(edges) - 1)
    events = np.bincount(place, weights=outcome, minlength=len(edges) - 1).astype(int)
    expected = np.bincount(place, weights=score, minlength=len(edges) - 1)
    return ScoreTable(
        edges=tuple(edges),
        n=tuple(map(int, n)),
        events=tuple(map(int, events)),
        expected=tuple(float(round(x, 9)) for x in expected),
    )


def auroc(outcome, score):
    """Mann-Whitney by counting."""
    order = np.argsort(score, kind="stable")
    ranks = np.empty(len(score))
    ranks[order] = np.arange(1, len(score) + 1)
    events = outcome.sum()
    others = len(outcome) - events
    return float((ranks[outcome == 1].sum() - events * (events + 1) / 2) / (events * others))


def estimate(value, error):
    """A number with a normal interval."""
    return Estimate(value=value, low=value - Z * error, high=value + Z * error, method="influence")


def measures(outcome, score):
    """The measures of scores, with rough errors; enough for disclosure."""
    n, events = len(outcome), int(outcome.sum())
    if not 0 < events < n:
        return {}
    area = auroc(outcome, score)
    brier = float(np.mean((score - outcome) ** 2))
    return {
        "auroc": estimate(area, 0.5 / np.sqrt(min(events, n - events))),
        "brier": estimate(brier, 0.3 / np.sqrt(n)),
        "citl": estimate(float(np.log(events / (n - events)) - np.log(score.mean() / (1 - score.mean()))), 0.1),
        "slope": estimate(1.0, 0.1),
        "oe": estimate(events / float(score.sum()), 0.05),
    }


def groups(truth, keep):
    """(column, level, mask) of everybody and each declared level."""
    yield "", "", keep
    for column, codes in truth.levels.items():
        for code, name in enumerate(truth.names[column]):
            yield column, name, keep & (codes == code)


def measured(truth, population, role, *, compared=True, tables=True):
    """One model on one population."""
    keep = truth.rows(population, compared=compared)
    found = []
    for column, level, mask in groups(truth, keep):
        outcome, score = truth.outcome[mask], truth.scores[role][mask]
        found.append(
            GroupMeasures(
                column=column,
                level=level,
                n=int(mask.sum()),
                events=int(outcome.sum()),
                subjects=int(mask.sum()),
                measures=measures(outcome, score),
                table=table(outcome, score) if tables else None,
            )
        )
    return PopulationMeasures(population=population, days=90.0, groups=tuple(found))


def differences(truth, population, reference):
    """Head minus reference, paired, with McNemar's error for shares."""
    keep = truth.rows(population)
    found = []
    for column, level, mask in groups(truth, keep):
        outcome, head, other = truth.outcome[mask], truth.scores["head"][mask], truth.scores[reference][mask]
        items = []
        events = int(outcome.sum())
        if 0 < events < len(outcome):
            first, second = auroc(outcome, head), auroc(outcome, other)
            items.append(_difference("auroc", first, second, 0.2 / np.sqrt(events)))
            items.extend(_difference(name, 0.0, 0.0, 0.01) for name in ("event_rate", "oe"))
            for threshold in THRESHOLDS:
                for name, who in (("sensitivity", outcome == 1), ("specificity", outcome == 0)):
                    one, two = (head[who] >= threshold), (other[who] >= threshold)
                    if name == "specificity":
                        one, two = ~one, ~two
                    moved = one.astype(float) - two
                    error = float(moved.std() / np.sqrt(len(moved)))
                    items.append(_difference(f"{name}@{threshold!r}", one.mean(), two.mean(), error))
                moved = (head >= threshold).astype(float) - (other >= threshold)
                error = float(moved.std() / np.sqrt(len(moved)))
                # what is published of these comes from the published table; only the width of the interval is theirs
                items.extend(
                    _difference(f"{name}@{threshold!r}", moved.mean(), 0.0, error)
                    for name in ("ppv", "npv", "alerts_per_100", "alerts_per_day", "nne", "net_benefit")
                )
        found.append(
            GroupDifferences(
                column=column,
                level=level,
                n=int(mask.sum()),
                events=events,
                subjects=int(mask.sum()),
                differences=tuple(items),
            )
        )
    return PairedPopulation(population=population, groups=tuple(found))


def _difference(name, head, reference, error):
    return Difference(
        measure=name,
        better="up",
        reference=Estimate(value=float(reference)),
        head=Estimate(value=float(head)),
        difference=estimate(float(head - reference), error),
        standard_error=error,
    )


POPULATIONS = ("new_subjects", "all_comers")


def metrics(truth):
    """The head's own evidence, on all its test encounters."""
    return Metrics(
        thresholds=THRESHOLDS,
        populations=tuple(measured(truth, population, "head", compared=False) for population in POPULATIONS),
    )


def comparison(truth, references=("base",)):
    """The evidence of a comparison on the encounters that no compared model has seen."""
    seen = int(truth.left_out.sum())
    against = tuple(
        Against(
            reference=reference,
            commit="0" * 40,
            test_set="head",
            comparable=True,
            exclusions=Exclusions(
                test_encounters=len(truth.outcome),
                seen_by_head=0,
                seen_by_reference=seen,
                compared=len(truth.outcome) - seen,
            ),
            head=tuple(measured(truth, population, "head") for population in POPULATIONS),
            measures=tuple(measured(truth, population, reference) for population in POPULATIONS),
            populations=tuple(differences(truth, population, reference) for population in POPULATIONS),
            score_correlation=0.9,
        )
        for reference in references
    )
    return Comparison(head_commit="1" * 40, against=against, resamples=0)
