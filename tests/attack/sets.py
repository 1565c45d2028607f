"""Several publications about overlapping people, and an attacker who has all of them.

A member of a set is a publication's plain JSON, the people of each of its cohorts, and the model behind each role. Two cohorts of the same
people are one unknown table; a model that two publications show is one model. The program is the single attack's.
"""

import itertools
from dataclasses import dataclass, replace

import attacker
import drawn_truths as drawn
import numpy as np
import targets


@dataclass(frozen=True)
class Member:
    """``people`` by (place, population), each ``(population, whether somebody is left out)``; ``models`` by role: names of scores."""

    plain: dict
    people: dict
    models: dict


class SetAttack(attacker.Attack):
    """What all members say about one column (and everybody)."""

    def __init__(self, members, column):
        self.members, self.column, self.exact = members, column, False
        self.least = min(member.plain["min_cell"] for member in members)
        self.index, self.rows = {}, []
        self.cohorts = [item for member in members for item in self._of(member)]
        cuts = {0.0, 1.0, *(t for member in members for t in member.plain["thresholds"])}
        for _, _, groups in self.cohorts:
            cuts |= {bin_["low"] for group in groups.values() for bin_ in group["bins"]}
        self.cuts = sorted(cuts)
        self.bins = list(itertools.pairwise(self.cuts))
        for key, role, groups in self.cohorts:
            self._tables(key, role, groups)
        self._models()
        self._nested()

    def _of(self, member):
        self.plain = member.plain
        for key, role, groups in self._cohorts():
            if key in member.people:
                yield member.people[key], member.models[role], groups

    def _nested(self):
        known = {(key, role): groups for key, role, groups in self.cohorts}
        for ((key, role), groups), ((other, second), bigger) in itertools.permutations(known.items(), 2):
            inside = key != other and key[0] in (other[0], "new_subjects") and key[1] >= other[1]
            if not inside or role != second:
                continue
            for level in [level for level in groups if level in bigger]:
                for outcome in (0, 1):
                    pairs = zip(
                        self.cells(key, role, level, outcome), self.cells(other, role, level, outcome), strict=True
                    )
                    for small, big in pairs:
                        self.say({big: 1, small: -1}, 0, np.inf)


def _cells(truth, attack, column):
    """The true cells, by the attack's own names of them."""
    cells = {}
    for key, role, groups in attack.cohorts:
        for level in [*groups, *([attacker.NOBODY] if column else [])]:
            mask = truth.rows(key[0], compared=key[1])
            if level:
                code = -1 if level == attacker.NOBODY else truth.names[column].index(level)
                mask = mask & (truth.levels[column] == code)
            place = np.searchsorted(attack.cuts[1:-1], truth.scores[role][mask], side="right")
            for outcome in (0, 1):
                found = np.bincount(place[truth.outcome[mask] == outcome], minlength=len(attack.bins))
                cells |= {(key, role, level, outcome, i): int(number) for i, number in enumerate(found)}
    return cells


def counts(truth, members, column):
    """Every small true count of a level of the column (of everybody when it is empty): (attack, what, true count, terms)."""
    attack = SetAttack(members, column)
    cells = _cells(truth, attack, column)
    attack.finish()
    assert attack.allows(lambda name: cells[name]), "the attacker's statements exclude the truth"
    names = list(attack.index)
    thresholds = dict.fromkeys(t for member in members for t in member.plain["thresholds"])
    shown = [(key, role, level) for key, role, groups in attack.cohorts for level in groups]
    done = sorted({at for at in shown if bool(at[2]) == bool(column)}, key=str)
    for key, role, level in done:
        for what, variables in targets._counts(attack, key, role, level, thresholds):
            number = sum(cells[names[v]] for v in variables)
            if number < targets.SPAN:
                yield attack, f"{what} of {column}={level} by {role} in {key}", number, dict.fromkeys(variables, 1)
    for (key, role, level), (other, second, same) in itertools.permutations(done, 2):
        within = key[0] in (other[0], "new_subjects") and key[1] >= other[1] and key != other
        if not within or (role, level) != (second, same):
            continue
        few, many = ([v for o in (0, 1) for v in attack.cells(who, role, level, o)] for who in (key, other))
        number = sum(cells[names[v]] for v in many) - sum(cells[names[v]] for v in few)
        if number < targets.SPAN:
            terms = {**dict.fromkeys(many, 1), **dict.fromkeys(few, -1)}
            yield attack, f"{column}={level} in {other} but not {key}", number, terms


def broken(truth, members, most=None, what="", *, first=False):
    """Small true counts that a reader of all members narrows too far, and how many were attacked.

    Only those whose name holds ``what`` are; with ``first`` the attack ends with the first that it finds.
    """
    found, attacked = [], 0
    columns = dict.fromkeys(column for member in members for column in attacker.columns(member.plain))
    for column in columns:
        small = [item for item in counts(truth, members, column) if what in item[1]]
        if most is not None and len(small) > most:
            small = [small[i] for i in np.linspace(0, len(small) - 1, most).astype(int)]
        for attack, name, number, terms in small:
            low, high = attack.narrow(terms)
            attacked += 1
            assert low <= number <= high, name
            if high - low < targets.SPAN - 1:
                found.append((name, number, low, high))
                if first:
                    return found, attacked
    return found, attacked


def with_columns(truth, *columns):
    """The same hospital with these columns alone."""
    return replace(truth, **{name: {c: getattr(truth, name)[c] for c in columns} for name in ("levels", "names")})


def as_roles(truth, **roles):
    """The same hospital with its scores under other roles."""
    return replace(truth, scores={role: truth.scores[name] for role, name in roles.items()})


def everybody_compared(truth):
    """Nobody is left out: all splits are the same."""
    return replace(truth, left_out=np.zeros(len(truth.outcome), bool))


def populations(*, compared):
    """The people of the head's own cohorts, and of the first comparison's."""
    own = {(-1, name): (name, False) for name in drawn.POPULATIONS}
    return {**own, **({(0, name): (name, compared) for name in drawn.POPULATIONS})}
