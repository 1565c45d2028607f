"""What is out already: the score tables of earlier publications, by the people and the models that they are about.

People are told apart by digests: of the test block (snapshot and split), and of the blocks whose training subjects were left out. So two
publications that speak of the same people are known to, whoever made them and from whichever commits.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from wardround.disclosure import typed
from wardround.disclosure.published import KEY, Cohort, GroupView, ModelView, Published
from wardround.disclosure.reading import shape
from wardround.disclosure.shapes import Checked, Malformed, Number, Shape, Text
from wardround.evidence.comparison import Comparison
from wardround.evidence.measures import Metrics, PopulationMeasures
from wardround.values import Population, Role

VERSION = 1
_DIGEST = Text(longest=100, pattern=r"[A-Za-z0-9:._+-]+")
_EXACT: tuple[tuple[tuple[str, str], Shape], ...] = (
    (("People", "block"), _DIGEST),
    (("People", "population"), Text(among=tuple(item.value for item in Population))),
    (("Table", "model"), _DIGEST),
    (("Earlier", "project"), Text(longest=64, pattern=r"[a-z][a-z0-9-]{0,62}[a-z0-9]")),
    (("Earlier", "min_cell"), Number(whole=True, least=1, most=1000)),
    (("Earlier", "schema_version"), Number(whole=True, least=VERSION, most=VERSION)),
)


@dataclass(frozen=True)
class People:
    """A set of encounters: a population of a test block, ``without`` the subjects that models of other blocks were trained on."""

    block: str
    population: str
    without: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """One text for all three."""
        return "/".join((self.block, self.population, *self.without))

    def inside(self, other: People) -> bool:
        """Whether every encounter here is certainly in the other set, too."""
        narrower = self.population in {other.population, Population.NEW_SUBJECTS.value}
        return self != other and self.block == other.block and narrower and {*other.without} <= {*self.without}


@dataclass(frozen=True)
class Table:
    """What one publication shows of one model on one set of people: rounded counts, and what bounds them."""

    people: People
    model: str
    view: ModelView


@dataclass(frozen=True)
class Earlier:
    """The tables of one publication."""

    project: str
    min_cell: int
    thresholds: tuple[float, ...]
    tables: tuple[Table, ...]
    schema_version: int = VERSION


@dataclass(frozen=True)
class About:
    """Digests by role (``head``, ``base``, ``anchor``): of the test block of each model's own split, and of each model."""

    blocks: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """Whether it says whom the head is measured on."""
        return Role.HEAD.value in self.blocks


def people_of(comparison: Comparison | None, metrics: Metrics | None, about: About) -> dict[tuple[int, str], People]:
    """The people of each population of each comparison (by its place; -1 is the head's own), as far as their blocks are known."""
    found: dict[tuple[int, str], People] = {}
    head = about.blocks.get(Role.HEAD.value, "")
    for population in metrics.populations if metrics and head else ():
        found[-1, population.population] = People(head, population.population)
    for place, item in enumerate(comparison.against if comparison else ()):
        reference = about.blocks.get(item.reference, "")
        if not head or not reference:
            continue
        own, other = (head, reference) if item.test_set == "head" else (reference, head)
        left = item.exclusions
        nobody = own == other or (left is not None and left.compared == left.test_encounters)
        for measures in item.head:
            whole = metrics.population(measures.population) if metrics and own == head else None
            same = nobody or (whole is not None and _counts(whole) == _counts(measures))
            found[place, measures.population] = People(own, measures.population, () if same else (other,))
    return found


def _counts(measures: PopulationMeasures) -> list[object]:
    """All that tells one set of encounters from another, by the same model."""
    return [(group.name, group.n, group.events, group.table) for group in measures.groups]


def tables_of(published: Published, people: Mapping[tuple[int, str], People], about: About) -> tuple[Table, ...]:
    """Every table that the publication shows, each once. Tables of people or models without a digest are left out."""
    found: list[Table] = []
    for place, cohort in _cohorts(published):
        who = people.get((place, cohort.population))
        for model in cohort.models if who is not None else ():
            if who is not None and model.role in about.models:
                table = Table(who, about.models[model.role], _slim(model))
                found += [table] if table not in found else []
    return tuple(found)


def _cohorts(published: Published) -> Iterator[tuple[int, Cohort]]:
    for place, item in enumerate(published.against):
        yield from ((place, cohort) for cohort in item.cohorts)
    yield from ((-1, cohort) for cohort in published.cohorts)


def _slim(model: ModelView) -> ModelView:
    """The counts alone; roles are the publication's own words, so that they are left out."""
    groups = (
        GroupView(
            KEY, view.column, view.level, view.n, view.events, view.withheld, expected=view.expected, bins=view.bins
        )
        for view in model.groups
    )
    return ModelView(KEY, Role.HEAD.value, tuple(groups))


@functools.cache
def _shape() -> Shape:
    return shape(Earlier, _EXACT)


def read(value: Any) -> Checked[Earlier]:
    """A record from JSON types, or why it is none. What it holds is out already, so that it is read and not disclosed again."""
    try:
        made = typed.read(_shape(), value)
    except Malformed as error:
        return Checked(None, str(error))
    assert isinstance(made, Earlier)
    return Checked(made)


def plain(earlier: Earlier) -> Any:
    """The record as JSON types."""
    return typed.plain(earlier)
