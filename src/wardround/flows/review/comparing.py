"""The comparison of head with base and anchor, on encounters whose subjects no compared model has seen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wardround.compare import (
    MeasureSettings,
    Scored,
    compare_population,
    groupings,
    measure_population,
    score_correlation,
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

_SEEN = (Split.TRAIN.value, Split.VALIDATION.value)


@dataclass(frozen=True)
class Head:
    """The head as it was reproduced: its project, commit and lock, and the params that say what is measured (the base's)."""

    project: Project
    commit: str
    lock: Lock
    judging: Params


@dataclass(frozen=True)
class _TestSet:
    """One test set: where its snapshot and split lie, the two models' probabilities, and who had seen which subject."""

    name: str
    snapshot: Path
    split: pa.Table
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
    split = pq.read_table(layout.split)
    own = scoring.read_scores(layout.scores)
    if scoring.same_scores(head.lock, reference.lock):
        return _TestSet("head", layout.snapshot, split, own, own, _seen(split), _seen(split))
    other = scoring.score_with_reference(head.project, reference, head.lock.digest("data/snapshot"))
    if head.lock.digest("data/split.parquet") == reference.lock.digest("data/split.parquet"):
        theirs = _seen(split)
    else:
        reference.program.fetch("data/split.parquet")
        theirs = _in(split, pq.read_table(reference.program.root / "data" / "split.parquet"))
    return _TestSet("head", layout.snapshot, split, own, other, _seen(split), theirs)


def _references_test_set(head: Head, reference: Reference) -> _TestSet:
    program = reference.program
    program.fetch("data/snapshot", "data/split.parquet", "data/scores.parquet")
    split = pq.read_table(program.root / "data" / "split.parquet")
    ours = scoring.score_with_head(head.project, reference, head.lock.digest("models/model"))
    theirs = scoring.read_scores(program.root / "data" / "scores.parquet")
    seen_by_head = _in(split, pq.read_table(head.project.layout.split))
    return _TestSet("reference", program.root / "data" / "snapshot", split, ours, theirs, seen_by_head, _seen(split))


def _seen(split: pa.Table) -> NDArray[np.bool_]:
    """Rows whose subject the model of this very split was trained or calibrated on."""
    return _in(split, split)


def _in(rows: pa.Table, split: pa.Table) -> NDArray[np.bool_]:
    """Rows of ``rows`` whose subject is in the training or validation part of ``split``."""
    import pyarrow.compute as pc

    used = split.filter(pc.is_in(split.column("split").cast(pa.string()), value_set=pa.array(_SEEN)))
    subjects = rows.column("wr_subject").cast(pa.string())
    known = pc.unique(used.column("wr_subject").cast(pa.string()))
    return np.asarray(pc.is_in(subjects, value_set=known).to_numpy(zero_copy_only=False), dtype=bool)


def _measure(head: Head, reference: Reference, tests: _TestSet) -> Against:
    split = np.asarray(tests.split.column("split").cast(pa.string()).to_numpy(zero_copy_only=False))
    strict = split == Split.TEST.value
    fair = strict & ~tests.seen_by_head & ~tests.seen_by_reference
    exclusions = Exclusions(
        test_encounters=int(strict.sum()),
        seen_by_head=int((strict & tests.seen_by_head).sum()),
        seen_by_reference=int((strict & tests.seen_by_reference & ~tests.seen_by_head).sum()),
        compared=int(fair.sum()),
    )
    common = {"reference": reference.role.value, "commit": reference.commit, "test_set": tests.name}
    if not fair.any():
        return Against(
            **common,
            comparable=False,
            reason="no encounters are left whose subjects neither model has seen",
            exclusions=exclusions,
        )
    settings = settings_of(head.judging, None)
    masks = {Population.NEW_SUBJECTS: fair}
    if tests.name == "head" and not own_test_set_needed(head.lock, reference.lock):
        # As deployed: both models had seen the same subjects, so neither gains from those who come again.
        masks[Population.ALL_COMERS] = strict | (split == Split.TEST_SEEN.value)
    measured = [_population(head, tests, name, mask, settings) for name, mask in masks.items()]
    return Against(
        **common,
        comparable=True,
        exclusions=exclusions,
        head=tuple(item[0] for item in measured),
        measures=tuple(item[1] for item in measured),
        populations=tuple(item[2] for item in measured),
        score_correlation=score_correlation(tests.head[fair], tests.reference[fair]),
    )


def _population(
    head: Head, tests: _TestSet, name: Population, mask: NDArray[np.bool_], settings: MeasureSettings
) -> tuple[PopulationMeasures, PopulationMeasures, PairedPopulation]:
    scored, other = _scored_pair(head, tests, mask)
    return (
        measure_population(name.value, scored, settings),
        measure_population(name.value, Scored(scored.outcome, scored.subject, other, scored.groupings, scored.days), settings),
        compare_population(name.value, scored, other, settings),
    )


def _scored_pair(head: Head, tests: _TestSet, mask: NDArray[np.bool_]) -> tuple[Scored, NDArray[np.float64]]:
    """The masked rows with groups, and both probabilities. Rows without outcome or without either score are left out."""
    split, ours, theirs = tests.split, tests.head, tests.reference
    outcome = np.asarray(split.column("wr_outcome").to_numpy(zero_copy_only=False), dtype=float)
    keep = mask & ~np.isnan(outcome) & ~np.isnan(ours) & ~np.isnan(theirs)
    wanted = [group.column for group in head.judging.evaluate.subgroups]
    table = ds.dataset(sorted(tests.snapshot.glob("part-*.parquet")), format="parquet")
    present = set(table.schema.names)
    columns = [name for name in dict.fromkeys([*wanted, "wr_site", "wr_time"]) if name in present]
    frame = table.to_table(columns=columns).filter(pa.array(keep)).to_pandas()
    subjects = split.column("wr_subject").combine_chunks().filter(pa.array(keep)).dictionary_encode()
    return (
        Scored(
            outcome=outcome[keep].astype(np.int8),
            subject=np.asarray(subjects.indices.to_numpy(zero_copy_only=False), dtype=np.int64),
            probability=ours[keep],
            groupings=groupings(frame, head.judging.evaluate.subgroups, site="wr_site" in present),
            days=days_in(frame),
        ),
        theirs[keep],
    )


def days_in(frame: object) -> float | None:
    """Days from the first to the last encounter, both included; None where time is no date."""
    times = getattr(frame, "get", lambda _name: None)("wr_time")
    if times is None or not len(times) or not str(times.dtype).startswith("datetime"):
        return None
    return float((times.max() - times.min()).total_seconds() / 86_400 + 1)
