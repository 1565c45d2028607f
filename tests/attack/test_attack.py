"""The attacker against disclosure: no true count of 0 to 10 may be narrowed to a range that spans fewer than 11."""

import attacker
import drawn_truths as drawn
import pytest
from targets import broken

from wardround.disclosure import Inside, audit, disclose, outlet, plan
from wardround.disclosure.auditing import AuditResult


def published_of(truth, references=("base",)):
    return disclose(Inside(drawn.THRESHOLDS, drawn.metrics(truth), drawn.comparison(truth, references)))


@pytest.mark.parametrize("seed", range(6))
def test_no_small_count_is_narrowed(seed):
    truth = drawn.draw(seed, n=[150, 400][seed % 2])
    found, _ = broken(truth, published_of(truth).plain(), most=10)
    assert not found


def test_the_attack_has_targets():
    """The drawn hospitals do hold small counts beside published tables: otherwise nothing is tested."""
    truth = drawn.draw(1)
    _, attacked = broken(truth, published_of(truth).plain(), most=5)
    assert attacked >= 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_no_small_count_is_narrowed_in_many_hospitals(seed):
    truth = drawn.draw(seed)
    found, _ = broken(truth, published_of(truth, ("base", "anchor")).plain(), most=60)
    assert not found


def _without_audit(monkeypatch):
    monkeypatch.setattr(outlet, "audit", lambda *_: AuditResult(0, 0, ()))


def _first_broken(seeds, **drawing):
    for seed in seeds:
        truth = drawn.draw(seed, **drawing)
        published = published_of(truth)
        found, _ = broken(truth, published.plain(), most=25)
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
