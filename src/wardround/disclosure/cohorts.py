"""The cohorts that a reader of a publication sees, and which of them the words say hold which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wardround.disclosure.published import Cohort, ModelView, Published


@dataclass(frozen=True)
class Place:
    """Where a cohort stands: its comparison (-1: the head's own) and population; ``inside`` tells which hold which."""

    place: int
    test_set: str
    population: str

    def inside(self, other: Place) -> bool:
        """Whether the words say that every encounter here is in the other cohort too.

        New subjects are comers; compared encounters are test encounters.
        """
        narrower = self.population in {other.population, "new_subjects"}
        compared = self.place == other.place or (other.place < 0 and self.test_set == "head")
        return self != other and narrower and compared


@dataclass(frozen=True)
class Seen:
    """A cohort as the reader sees it; the same encounters under two references are one."""

    name: str
    places: tuple[Place, ...]
    models: Mapping[str, ModelView]


def seen(published: Published) -> list[Seen]:
    """The cohorts of a publication that show any model, each once."""
    places: list[tuple[Place, Cohort]] = [
        (Place(i, item.test_set, cohort.population), cohort)
        for i, item in enumerate(published.against)
        for cohort in item.cohorts
    ]
    places += [(Place(-1, "head", cohort.population), cohort) for cohort in published.cohorts]
    found: list[Seen] = []
    for place, cohort in places:
        if cohort.withheld or not cohort.models:
            continue
        models = {model.role: model for model in cohort.models}
        for i, other in enumerate(found):
            if other.places[0].population == place.population and other.models["head"] == models["head"]:
                found[i] = Seen(other.name, (*other.places, place), {**other.models, **models})
                break
        else:
            found.append(Seen(f"{place.place}/{place.population}", (place,), models))
    return found


def size(published: Published) -> int:
    """How many unknown counts a publication speaks of: groups (and the others of each column) by score bin and outcome."""
    cohorts = seen(published)
    views = [model.groups for cohort in cohorts for model in cohort.models.values()]
    edges = {*published.thresholds, *(item.low for groups in views for group in groups for item in group.bins)}
    groups = sum(len(found) + len({group.column for group in found if group.column}) for found in views)
    return 2 * (len({0.0, 1.0, *edges}) - 1) * groups
