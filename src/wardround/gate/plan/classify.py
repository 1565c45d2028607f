"""Where a change stands: inside which modifications, or outside the plan and because of what.

Monotone: a change with more atoms is never inside where one with fewer is outside, because every atom must be permitted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wardround.gate.plan.atoms import Atom
from wardround.gate.plan.permitting import permits
from wardround.gate.plan.schema import ChangePlan


@dataclass(frozen=True)
class Classified:
    """``inside`` are the ids of the modifications that hold the change together; empty when it is outside.

    ``beyond`` are the atoms that kept the nearest modification (``nearest``) from holding it. A change without atoms is ``unchanged``.
    """

    inside: tuple[str, ...] = ()
    beyond: tuple[Atom, ...] = ()
    nearest: str = ""
    unchanged: bool = False

    @property
    def outside(self) -> bool:
        """Whether the change needs an assessment of its own."""
        return not self.inside and not self.unchanged

    @property
    def words(self) -> str:
        """The classification, as people say it."""
        if self.unchanged:
            return "nothing changed"
        return f"inside {' and '.join(self.inside)}" if self.inside else "outside the plan"


def classify(plan: ChangePlan, atoms: Iterable[Atom]) -> Classified:
    """The first modification, or set that was assessed together, that permits every atom; single ones first, in the plan's order."""
    wanted = tuple(atoms)
    if not wanted:
        return Classified(unchanged=True)
    nearest: tuple[Atom, ...] = wanted
    name = ""
    for group in (*((item.id,) for item in plan.modifications), *plan.together):
        beyond = tuple(atom for atom in wanted if not any(permits(plan.of(one), atom) for one in group))
        if not beyond:
            return Classified(inside=group)
        if len(beyond) < len(nearest):
            nearest, name = beyond, " and ".join(group)
    return Classified(beyond=nearest, nearest=name)
