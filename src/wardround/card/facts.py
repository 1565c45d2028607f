"""What the pipeline knows, for every profile. Numbers of patients are disclosed values; nothing else of the evidence comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wardround.card import words
from wardround.contract.model import Contract
from wardround.disclosure.published import Count, GroupView, Published, Quantity
from wardround.project.params import Params
from wardround.values import Population

NEW, ALL = Population.NEW_SUBJECTS.value, Population.ALL_COMERS.value


@dataclass(frozen=True)
class Sizes:
    """Encounters and events of one part of the split, rounded or withheld; times as text."""

    part: str
    n: Count
    events: Count
    first: str = ""
    last: str = ""


@dataclass(frozen=True)
class Exclusion:
    """Encounters that were left out, and why."""

    why: str
    n: Count


@dataclass(frozen=True)
class Origin:
    """Where everything came from. ``version`` is empty before a release; ``date`` is the commit's, so that a card says the same each time.

    ``digests`` maps evidence and artefacts (``metrics.json``, ``data``, ``model``) to their digests.
    """

    commit: str
    version: str = ""
    date: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)
    image: str = ""


@dataclass(frozen=True)
class Made:
    """How the model was made: no numbers of patients."""

    estimator: str
    settings: Mapping[str, Any]
    seeds: Mapping[str, int]
    served_as: str
    recalibration: str
    features: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]]
    libraries: Mapping[str, str]
    split_method: str
    test_from: str
    limitations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """All of it. ``made`` is None where no model was trained; ``plan`` are the titles of the change plan's modifications.

    ``categories`` are the columns of the nine variables that the card declares; those that it leaves out are found by their names.
    """

    params: Params
    published: Published
    origin: Origin
    contract: Contract | None = None
    made: Made | None = None
    sizes: tuple[Sizes, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    plan: tuple[str, ...] = ()
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def groups(self, population: str = NEW) -> tuple[GroupView, ...]:
        """Every group of the model on that population, everybody first; none where it is withheld."""
        cohort = self.published.cohort(population)
        model = cohort.model("head") if cohort else None
        return model.groups if model else ()

    def group(self, name: str = "all", population: str = NEW) -> GroupView | None:
        """One group by its name (``all``, ``sex=female``)."""
        return next((item for item in self.groups(population) if item.name == name), None)

    def quantity(self, measure: str, group: str = "all", population: str = NEW) -> Quantity | None:
        """A measure, named as in the evidence; None where it was not measured."""
        return value_of(self.group(group, population), measure)

    @property
    def operating(self) -> float | None:
        """The operating threshold."""
        return self.params.evaluate.thresholds[0]

    def said(self, measure: str, group: str = "all", population: str = NEW) -> str:
        """The measure with its name, as a card prints it; empty where there is none."""
        found = self.quantity(measure, group, population)
        return f"{words.measure(measure)} {found}" if found is not None else ""


def value_of(group: GroupView | None, measure: str) -> Quantity | None:
    """A measure of a group's view, of everybody or at a threshold."""
    if group is None:
        return None
    name, at, threshold = measure.partition("@")
    if not at:
        return group.measures.get(name)
    for item in group.thresholds:
        if repr(item.threshold) == threshold:
            return item.measures.get(name)
    return None
