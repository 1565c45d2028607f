"""The attacker against disclosure: no true count of 0 to 10 may be narrowed to a range that spans fewer than 11."""

import attacker
import drawn_truths as drawn
import numpy as np
import pytest

from wardround.disclosure import Inside, audit, disclose, outlet, plan
from wardround.disclosure.auditing import AuditResult

#: A range spans this many values at least.
SPAN = 11


def counts(truth, plain, column):
    """Every small true count that the attack has unknowns for: (what, true count, terms)."""
    attack = attacker.Attack(plain, column)
    cells = _truth(truth, plain, column, attack)
    attack.finish()
    assert attack.allows(lambda name: cells[name]), "the attacker's statements exclude the truth"
    for key, role, groups in attack.cohorts:
        levels = [*groups, *([attacker.NOBODY] if _hides(groups) else [])]
        for level in levels:
            if column == "" and level:
                continue
            if column and not level:
                continue
            for what, variables in _counts(attack, key, role, level, plain["thresholds"]):
                number = sum(cells[name] for name in _names(attack, variables))
                if number < SPAN:
                    yield attack, f"{what} of {column}={level} by {role} in {key}", number, dict.fromkeys(variables, 1)
    yield from _differences(attack, cells, column)


def _hides(groups):
    """Whether the column hides a level. A complete column says so by its contract: nobody is missing."""
    return any(not group["n"]["value"] for level, group in groups.items() if level)


def _counts(attack, key, role, level, thresholds):
    events, others = (attack.cells(key, role, level, outcome) for outcome in (1, 0))
    yield "n", events + others
    yield "events", events
    yield "non-events", others
    for threshold in thresholds:
        yield f"TP at {threshold}", attack.cells(key, role, level, 1, threshold, 1.0)
        yield f"FN at {threshold}", attack.cells(key, role, level, 1, 0.0, threshold)
        yield f"FP at {threshold}", attack.cells(key, role, level, 0, threshold, 1.0)
        yield f"TN at {threshold}", attack.cells(key, role, level, 0, 0.0, threshold)
    for outcome in (0, 1):
        for low, high in attack.bins:
            yield f"cell {low}-{high} {outcome}", attack.cells(key, role, level, outcome, low, high)


def _differences(attack, cells, column):
    """People who are in one shown cohort and not in another that holds it."""
    for key, role, groups in attack.cohorts:
        for other, second, bigger in attack.cohorts:
            nested = (key[0] == other[0] and key[1] != other[1] and key[1] == "new_subjects") or (
                other[0] == -1 != key[0] and key[1] == other[1]
            )
            if role != second or not nested:
                continue
            for level in groups:
                if (column == "") != (level == "") or level not in bigger:
                    continue
                one = [attack.cells(key, role, level, outcome) for outcome in (0, 1)]
                two = [attack.cells(other, role, level, outcome) for outcome in (0, 1)]
                for what, small, big in (
                    ("n", one[0] + one[1], two[0] + two[1]),
                    ("events", one[1], two[1]),
                    ("non-events", one[0], two[0]),
                ):
                    number = sum(cells[n] for n in _names(attack, big)) - sum(cells[n] for n in _names(attack, small))
                    if number < SPAN:
                        terms = {**dict.fromkeys(big, 1), **dict.fromkeys(small, -1)}
                        yield attack, f"{what} of {column}={level} in {other} but not {key}", number, terms


def _names(attack, variables):
    names = list(attack.index)
    return [names[v] for v in variables]


def _truth(truth, plain, column, attack):
    """The true value of every unknown."""
    cells = {}
    for key, role, groups in attack.cohorts:
        keep = truth.rows(key[1], compared=key[0] >= 0)
        for level in [*groups, *([attacker.NOBODY] if column else [])]:
            mask = keep
            if level:
                codes = truth.levels[column]
                code = -1 if level == attacker.NOBODY else truth.names[column].index(level)
                mask = keep & (codes == code)
            place = np.searchsorted(attack.cuts[1:-1], truth.scores[role][mask], side="right")
            for outcome in (0, 1):
                found = np.bincount(place[truth.outcome[mask] == outcome], minlength=len(attack.bins))
                for i, number in enumerate(found):
                    cells[key, role, level, outcome, i] = int(number)
    return cells


def broken(truth, published, most=None):
    """Small true counts that the attacker narrows too far, and how many were attacked."""
    plain = published.plain()
    found, attacked = [], 0
    for column in attacker.columns(plain):
        small = list(counts(truth, plain, column))
        if most is not None and len(small) > most:
            small = [small[i] for i in np.linspace(0, len(small) - 1, most).astype(int)]
        for attack, what, number, terms in small:
            low, high = attack.narrow(terms)
            attacked += 1
            assert low <= number <= high, what
            if high - low < SPAN - 1:
                found.append((what, number, low, high))
    return found, attacked


def published_of(truth, references=("base",)):
    return disclose(Inside(drawn.THRESHOLDS, drawn.metrics(truth), drawn.comparison(truth, references)))


@pytest.mark.parametrize("seed", range(6))
def test_no_small_count_is_narrowed(seed):
    truth = drawn.draw(seed, n=[150, 400][seed % 2])
    found, _ = broken(truth, published_of(truth), most=10)
    assert not found


def test_the_attack_has_targets():
    """The drawn hospitals do hold small counts beside published tables: otherwise nothing is tested."""
    truth = drawn.draw(1)
    _, attacked = broken(truth, published_of(truth), most=5)
    assert attacked >= 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_no_small_count_is_narrowed_in_many_hospitals(seed):
    truth = drawn.draw(seed)
    found, _ = broken(truth, published_of(truth, ("base", "anchor")), most=60)
    assert not found


def _without_audit(monkeypatch):
    monkeypatch.setattr(outlet, "examine", lambda *_: AuditResult(0, 0, ()))


def _first_broken(seeds, **drawing):
    for seed in seeds:
        truth = drawn.draw(seed, **drawing)
        published = published_of(truth)
        found, _ = broken(truth, published, most=25)
        if found:
            return truth, published, found
    return None


def test_masking_only_the_small_level_is_broken(monkeypatch):
    _without_audit(monkeypatch)
    monkeypatch.setattr(plan.Planner, "_rest", lambda *_: None)
    found = _first_broken(range(12), n=400)
    assert found
    assert not audit(found[1]).safe


def test_bins_of_each_level_on_its_own_are_broken(monkeypatch):
    _without_audit(monkeypatch)

    def own(self, column, before, cohort, limits):
        return {
            level: plan.choose(self._news(before, cohort, level), (0, self.bins), self.wanted, self.least)
            for level in limits
        }

    monkeypatch.setattr(plan.Planner, "_binnings", own)
    assert _first_broken(range(12), n=400)


def test_nearly_equal_populations_are_broken(monkeypatch):
    _without_audit(monkeypatch)
    monkeypatch.setattr(plan, "contrasts", lambda _: [])
    assert _first_broken(range(12), n=400)


def test_exact_observed_expected_gives_back_small_counts():
    """Why ratios are computed from rounded counts: two decimals of O/E with its interval tell 1 to 10 apart."""
    from wardround.disclosure.rounding import observed_expected

    expected = 7.3
    seen = {}
    for events in range(1, 11):
        ratio = observed_expected(events, expected)
        seen.setdefault((round(ratio.value, 2), round(ratio.low, 2), round(ratio.high, 2)), []).append(events)
    assert all(len(events) == 1 for events in seen.values())


def test_exact_wilson_intervals_give_back_sizes():
    """Why shares are computed from rounded counts: the interval of an exact share tells its denominator."""
    from wardround.disclosure.rounding import wilson

    def formula(count, n):
        ratio = wilson(count, n)
        return ratio.value, ratio.low, ratio.high

    true = formula(3, 17)
    shown = tuple(round(number, 2) for number in true)
    assert attacker.shares(*shown, 2, range(1, 60), formula) == [(3, 17)]
