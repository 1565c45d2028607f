"""The comparison of head with base and anchor, on encounters whose subjects no compared model has seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wardround.compare import (
    Rows,
    compare_population,
    measure_population,
    score_correlation,
    scored,
    settings_of,
)
from wardround.evidence.comparison import Against, Comparison, Exclusions, PairedPopulation
from wardround.evidence.measures import PopulationMeasures
from wardround.flows.review import scoring
from wardround.flows.review.references import NOT_COMPARABLE, Reference
from wardround.values import Population, Split

if TYPE_CHECKING:
    from collections.abc import Callable

    from wardround.project.layout import Project
    from wardround.project.params import Params
    from wardround.revision.lock import Lock
    from wardround.revision.program import Program


@dataclass(frozen=True)
class Head:
    """The head as it was reproduced: its project, commit and lock, and the params that say what is measured (the base's).

    ``program`` is set when the head is another revision than the work tree; its own program then scores.
    """

    project: Project
    commit: str
    lock: Lock
    judging: Params
    program: Program | None = None


@dataclass(frozen=True)
class _TestSet:
    """One test set: its rows, the two models' probabilities (n,), and whose subjects each model had seen (n,)."""

    name: str
    rows: Rows
    head: NDArray[np.float64]
    reference: NDArray[np.float64]
    seen_by_head: NDArray[np.bool_]
    seen_by_reference: NDArray[np.bool_]


def compare_all(head: Head, references: tuple[Reference, ...], progress: Callable[[str], None]) -> Comparison:
    """The comparison with every reference that has a model.

    A reference that cannot be scored is *not comparable*, with the reason; it is not an error. When none of them has a model,
    the result is a baseline.
    """
    compared = [reference for reference in references if not reference.first]
    against: list[Against] = []
    for reference in compared:
        progress(f"comparing with {reference.role.value} {reference.name} ({reference.commit[:10]})")
        against += _against(head, reference)
    settings = head.judging.compare
    return Comparison(
        head_commit=head.commit,
        against=tuple(against),
        baseline=not compared,
        resamples=settings.resamples,
        seed=settings.seed,
    )


def own_test_set_needed(head: Lock, reference: Lock) -> bool:
    """Whether split or data changed, so that the reference's own test set counts as well."""
    return any(head.digest(path) != reference.digest(path) for path in ("data/split.parquet", "data/snapshot"))


def _against(head: Head, reference: Reference) -> list[Against]:
    makers: list[tuple[str, Callable[[Head, Reference], _TestSet]]] = [("head", _heads_test_set)]
    if own_test_set_needed(head.lock, reference.lock):
        makers.append(("reference", _references_test_set))
    made = []
    for name, make in makers:
        try:
            made.append(_measure(head, reference, make(head, reference)))
        except NOT_COMPARABLE as error:
            made.append(
                Against(
                    reference=reference.role.value,
                    commit=reference.commit,
                    test_set=name,
                    comparable=False,
                    reason=scoring.explain(error),
                )
            )
    return made


def _heads_test_set(head: Head, reference: Reference) -> _TestSet:
    layout = head.project.layout
    rows = Rows(layout.snapshot, pq.read_table(layout.split))
    own, seen = scoring.read_scores(layout.scores), rows.seen_by(rows.split)
    if scoring.same_scores(head.lock, reference.lock):
        return _TestSet("head", rows, own, own, seen, seen)
    other = scoring.score_with_reference(head.project, reference, head.lock.digest("data/snapshot"))
    theirs = seen
    if head.lock.digest("data/split.parquet") != reference.lock.digest("data/split.parquet"):
        reference.program.fetch("data/split.parquet")
        theirs = rows.seen_by(pq.read_table(reference.program.root / "data" / "split.parquet"))
    return _TestSet("head", rows, own, other, seen, theirs)


def _references_test_set(head: Head, reference: Reference) -> _TestSet:
    program = reference.program
    program.fetch("data/snapshot", "data/split.parquet", "data/scores.parquet")
    rows = Rows(program.root / "data" / "snapshot", pq.read_table(program.root / "data" / "split.parquet"))
    ours = scoring.score_with_head(head.program or head.project, reference, head.lock.digest("models/model"))
    theirs = scoring.read_scores(program.root / "data" / "scores.parquet")
    seen_by_head = rows.seen_by(pq.read_table(head.project.layout.split))
    return _TestSet("reference", rows, ours, theirs, seen_by_head, rows.seen_by(rows.split))


def _measure(head: Head, reference: Reference, tests: _TestSet) -> Against:
    strict = tests.rows.within(Split.TEST)
    fair = strict & ~tests.seen_by_head & ~tests.seen_by_reference
    unmeasured = Against(
        reference=reference.role.value,
        commit=reference.commit,
        test_set=tests.name,
        comparable=False,
        reason="no encounters are left whose subjects neither model has seen",
        exclusions=Exclusions(
            test_encounters=int(strict.sum()),
            seen_by_head=int((strict & tests.seen_by_head).sum()),
            seen_by_reference=int((strict & tests.seen_by_reference & ~tests.seen_by_head).sum()),
            compared=int(fair.sum()),
        ),
    )
    if not fair.any():
        return unmeasured
    masks = {Population.NEW_SUBJECTS: fair}
    if tests.name == "head" and not own_test_set_needed(head.lock, reference.lock):
        # As deployed: both models had seen the same subjects, so neither gains from those who come again.
        masks[Population.ALL_COMERS] = tests.rows.within(Split.TEST, Split.TEST_SEEN)
    measured = [_population(head, tests, name, mask) for name, mask in masks.items()]
    return unmeasured.model_copy(
        update={
            "comparable": True,
            "reason": "",
            "head": tuple(item[0] for item in measured),
            "measures": tuple(item[1] for item in measured),
            "populations": tuple(item[2] for item in measured),
            "score_correlation": score_correlation(tests.head[fair], tests.reference[fair]),
        }
    )


def _population(
    head: Head, tests: _TestSet, name: Population, mask: NDArray[np.bool_]
) -> tuple[PopulationMeasures, PopulationMeasures, PairedPopulation]:
    settings = settings_of(head.judging)
    ours, (_, other) = scored(tests.rows, (tests.head, tests.reference), mask, head.judging.evaluate)
    return (
        measure_population(name.value, ours, settings),
        measure_population(name.value, replace(ours, probability=other), settings),
        compare_population(name.value, ours, other, settings),
    )
