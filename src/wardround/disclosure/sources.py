"""The sets of encounters that evidence speaks of, most important first, each with the models that were scored on it."""

from __future__ import annotations

from dataclasses import dataclass

from wardround.evidence.comparison import Against, Comparison, PairedPopulation
from wardround.evidence.measures import Metrics, PopulationMeasures
from wardround.values import Population

#: The gate judges new subjects, so that they are shown first; the test set of the head before that of the reference.
_POPULATIONS = (Population.NEW_SUBJECTS.value, Population.ALL_COMERS.value)


@dataclass(frozen=True)
class Source:
    """One population of one comparison (``place`` in its list), or of the head's own metrics (``place`` -1).

    ``cohort`` is the name of the set of encounters: two sources with the same encounters have the same.
    """

    cohort: str
    place: int
    population: str
    models: dict[str, PopulationMeasures]
    paired: PairedPopulation | None = None


def sources(metrics: Metrics | None, comparison: Comparison | None) -> tuple[Source, ...]:
    """All sources. Comparisons first; a second reference on the same encounters joins the first one's cohort."""
    found: list[Source] = []
    for place, against in enumerate(comparison.against if comparison else ()):
        for population in _POPULATIONS:
            head, reference = (_population(measures, population) for measures in (against.head, against.measures))
            if head is None or reference is None:
                continue
            models = {"head": head, _role(against): reference}
            known = next((item for item in found if _same(item, head, population) and item.place != place), None)
            cohort = known.cohort if known else f"{against.reference}/{against.test_set}/{population}"
            found.append(Source(cohort, place, population, models, against.population(population)))
    for population in _POPULATIONS:
        own = metrics.population(population) if metrics else None
        if own is not None:
            found.append(Source(f"own/{population}", -1, population, {"head": own}))
    return tuple(found)


def _role(against: Against) -> str:
    return against.reference


def _population(measures: tuple[PopulationMeasures, ...], name: str) -> PopulationMeasures | None:
    return next((item for item in measures if item.population == name), None)


def _same(source: Source, head: PopulationMeasures, population: str) -> bool:
    """Whether the head's counts and tables agree in every group: the same encounters."""
    other = source.models["head"]
    return source.population == population and [(g.name, g.n, g.events, g.table) for g in other.groups] == [
        (g.name, g.n, g.events, g.table) for g in head.groups
    ]
