"""What an attack is measured by: every true count of 0 to 10, and the range to which it is narrowed."""

import attacker
import numpy as np

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
    yield from _left_out(attack, cells)


def _left_out(attack, cells):
    """People of the test set who are not compared."""
    for place, terms in attack.left_out.items():
        number = sum(weight * cells[name] for name, weight in zip(_names(attack, terms), terms.values(), strict=True))
        if number < SPAN:
            yield attack, f"left out of comparison {place}", number, terms


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
    cells = {("test", place): len(truth.outcome) for place in attack.left_out}
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


def broken(truth, plain, most=None, spans=None):
    """Small true counts that the attacker narrows too far, and how many were attacked; ``spans`` collects what ranges span."""
    found, attacked = [], 0
    for column in attacker.columns(plain):
        small = list(counts(truth, plain, column))
        if most is not None and len(small) > most:
            small = [small[i] for i in np.linspace(0, len(small) - 1, most).astype(int)]
        for attack, what, number, terms in small:
            low, high = attack.narrow(terms)
            attacked += 1
            if spans is not None:
                spans.append(high - low + 1)
            assert low <= number <= high, what
            if high - low < SPAN - 1:
                found.append((what, number, low, high))
    return found, attacked
