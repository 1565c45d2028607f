"""What was measured of the imaginary model: its metrics, and its comparison with base and anchor."""

from __future__ import annotations

from collections.abc import Mapping

from wardround.evidence.comparison import Against, Comparison, Difference, GroupDifferences, PairedPopulation
from wardround.evidence.measures import Estimate, GroupMeasures, Metrics, PopulationMeasures
from wardround.gate.facts import Z

HEAD, BASE, ANCHOR = "a" * 40, "b" * 40, "c" * 40
#: The groups of the specimen: (column, level). Sex is mandatory.
GROUPS = (("sex", "F"), ("sex", "M"), ("site", "north"), ("site", "south"))


def estimate(value: float, half: float) -> Estimate:
    """A number with a symmetric interval."""
    return Estimate(value=value, low=value - half, high=value + half, method="influence")


def measures(**changed: Estimate | None) -> dict[str, Estimate]:
    """Healthy measures of one group; ``changed`` replaces (or with None removes) some, ``__`` standing for ``@0.2``."""
    healthy: dict[str, Estimate | None] = {
        "auroc": estimate(0.72, 0.02),
        "slope": estimate(1.0, 0.12),
        "oe": estimate(1.02, 0.07),
        "sensitivity@0.2": estimate(0.5, 0.04),
        "net_benefit@0.2": estimate(0.02, 0.006),
        "alerts_per_100@0.2": estimate(10.0, 1.0),
        "alerts_per_day@0.2": estimate(12.0, 1.5),
    }
    healthy |= {key.replace("__", "@0.2"): value for key, value in changed.items()}
    return {key: value for key, value in healthy.items() if value is not None}


def group(
    column: str = "", level: str = "", size: tuple[int, int] = (6000, 720), **changed: Estimate | None
) -> GroupMeasures:
    """A group of ``size`` (encounters, events) with healthy measures but for ``changed``."""
    n, events = size
    return GroupMeasures(
        column=column, level=level, n=n, events=events, subjects=n * 9 // 10, measures=measures(**changed)
    )


def metrics(*changed: GroupMeasures, **everybody: Estimate | None) -> Metrics:
    """Healthy metrics; ``changed`` groups take the place of those of their name, ``everybody`` changes all encounters."""
    by_name = {item.name: item for item in changed}
    groups = [group("", "", (6000, 720), **everybody), *(group(column, level, (3000, 360)) for column, level in GROUPS)]
    groups = [by_name.get(item.name, item) for item in groups]
    populations = tuple(
        PopulationMeasures(population=name, days=180.0, groups=tuple(groups)) for name in ("new_subjects", "all_comers")
    )
    return Metrics(thresholds=(0.2,), populations=populations)


def difference(measure: str, value: float, error: float) -> Difference:
    """Head minus reference with its standard error; with error 0 the interval is the number itself."""
    gap = Estimate(value=value, low=value - Z * error, high=value + Z * error, method="influence")
    own = Estimate(value=0.72, low=0.70, high=0.74, method="influence")
    return Difference(measure=measure, better="up", reference=own, head=own, difference=gap, standard_error=error)


def against(  # noqa: PLR0913 - each is one thing that a test changes
    reference: str = "base",
    *,
    auroc: tuple[float, float] = (0.002, 0.003),
    net_benefit: tuple[float, float] = (0.0, 0.001),
    groups: Mapping[str, tuple[float, float]] | None = None,
    found: Mapping[str, tuple[float, float]] | None = None,
    test_set: str = "head",
    size: tuple[int, int] = (20_000, 2400),
) -> Against:
    """A comparison: (difference, standard error) of everybody, and of each group by its name.

    ``groups`` are differences in AUROC, ``found`` in sensitivity; sex=F loses sensitivity unless it says otherwise, so that
    a gap planted there is the change's own.
    """
    caught = {"sex=F": (-0.2, 0.02)} | dict(found or {})
    n, events = size
    inside = {f"{column}={level}": (0.0, 0.006) for column, level in GROUPS} | dict(groups or {})
    paired = [
        GroupDifferences(
            n=n,
            events=events,
            subjects=n,
            differences=(difference("auroc", *auroc), difference("net_benefit@0.2", *net_benefit)),
        )
    ]
    for column, level in GROUPS:
        name = f"{column}={level}"
        own = (
            difference("auroc", *inside[name]),
            difference("sensitivity@0.2", *caught.get(name, (0.0, 0.01))),
        )
        paired.append(
            GroupDifferences(column=column, level=level, n=n // 2, events=events // 2, subjects=n // 2, differences=own)
        )
    return Against(
        reference=reference,
        commit=BASE if reference == "base" else ANCHOR,
        test_set=test_set,
        comparable=True,
        populations=(PairedPopulation(population="new_subjects", groups=tuple(paired)),),
        score_correlation=0.9,
    )


def comparison(*items: Against) -> Comparison:
    """A comparison with these references; with none given, with a healthy base and anchor."""
    return Comparison(head_commit=HEAD, against=items or (against("base"), against("anchor")))
