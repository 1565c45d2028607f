"""The features stage: every partition through the team's code, and the evidence about what came out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from wardround import contract
from wardround.errors import Problem, UsageError
from wardround.evidence.features import FeatureColumn, FeaturesEvidence, Leak, Probe, SnapshotPart
from wardround.files import replacing, sha256_json
from wardround.project.layout import Project
from wardround.stages.features import frames
from wardround.stages.features.probe import ProbeRequest
from wardround.stages.features.working import ColumnResult, PartRequest, PartResult, build_part, write_empty
from wardround.stages.partitions import is_small, map_partitions

#: The seed of the probe's sample; the probe has no param, because its result must not depend on luck that a team can choose.
PROBE_SEED = 20260101


def run(project: Project) -> FeaturesEvidence:
    """Makes ``data/features`` and ``reports/features.json`` from the snapshot.

    Raises :class:`UsageError` for team code that does not run or returns what no model can use; a leak is a verdict, no error.
    """
    layout, params = project.layout, project.params
    paths = frames.part_paths(layout.snapshot, made_by="ingest")
    withheld = frames.withheld(params.data.columns, contract.load(layout.contract))
    columns = params.data.columns
    keys = tuple(name for name in (columns.encounter, columns.subject) if name)
    shares = _shares(params.features.probe_subjects, len(paths))
    with replacing(layout.features) as temporary:
        temporary.mkdir()
        requests = [
            PartRequest(
                source=path.resolve(),
                target=(temporary / path.name).resolve(),
                code=layout.features_code.resolve(),
                settings=params.features.settings,
                withheld=withheld,
                probe=ProbeRequest(share, PROBE_SEED + index, keys, columns.time),
            )
            for index, (path, share) in enumerate(zip(paths, shares, strict=True))
        ]
        results = map_partitions(build_part, requests, params.compute, small=is_small(paths))
        made = agreed(results, str(layout.features_code))
        for result in results:
            if result.columns is None:
                write_empty(made, temporary / result.name)
    evidence = _evidence(results, made, withheld, has_time=columns.time is not None)
    evidence.write(layout.evidence("features"))
    return evidence


def _shares(subjects: int, parts: int) -> list[int]:
    return [subjects // parts + (index < subjects % parts) for index in range(parts)]


def agreed(results: list[PartResult], where: str) -> tuple[ColumnResult, ...]:
    """The columns that all parts have. Raises :class:`UsageError` naming the features on which parts disagree."""
    made = [(result.name, result.columns) for result in results if result.columns is not None]
    if not made:
        raise UsageError(
            "the snapshot holds no encounters", where="data/snapshot", next="look at data.window and data.exclude"
        )
    _, first = made[0]
    problems = []
    for name, columns in made[1:]:
        wanted = {item.name: item.categories for item in first}
        found = {item.name: item.categories for item in columns}
        differing = sorted(item for item in {*wanted, *found} if wanted.get(item, ()) != found.get(item, ()))
        if differing or list(wanted) != list(found):
            problems.append(
                Problem(
                    f"features depend on which encounters lie together: {', '.join(differing) or 'their order'}",
                    where="/".join(Path(where).parts[-2:]),
                    wanted="the same columns and categories for any encounters",
                    found=f"{name} differs from {made[0][0]}",
                    next="write the categories down: category(values, [...]) of wardround.stages.features, not astype('category')",
                )
            )
    if problems:
        raise UsageError(problems=problems[:5])
    return first


def _evidence(
    results: list[PartResult], made: tuple[ColumnResult, ...], withheld: tuple[str, ...], *, has_time: bool
) -> FeaturesEvidence:
    parts = tuple(SnapshotPart(name=item.name, rows=item.rows, digest=item.digest) for item in results)
    rows = sum(item.rows for item in results)
    columns = []
    for place, column in enumerate(made):
        own = [item.columns[place] for item in results if item.columns is not None]
        values = {end for item in own for end in (item.low, item.high) if end is not None}
        columns.append(
            FeatureColumn(
                name=column.name,
                categories=column.categories,
                missing=sum(item.missing for item in own),
                constant=len(values) <= 1,
            )
        )
    empty = [column.name for column in columns if column.missing == rows]
    warnings = [f"no encounter has a value: {', '.join(empty)}"] if empty else []
    return FeaturesEvidence(
        columns=tuple(columns),
        encounters=rows,
        parts=parts,
        data_digest=sha256_json([[item.name, item.rows, item.digest] for item in results]),
        withheld=withheld,
        probe=_probe(results, [column.name for column in made], has_time=has_time),
        warnings=tuple(warnings),
    )


def _probe(results: list[PartResult], names: list[str], *, has_time: bool) -> Probe:
    changed: Counter[tuple[str, str]] = Counter()
    compared: Counter[str] = Counter()
    for result in results:
        changed.update(result.probe.changed)
        compared.update(result.probe.compared)
    leaks = tuple(
        Leak(feature=name, how=how, changed=changed[name, how], compared=compared[how])
        for name in names
        for how in ("future_truncated", "future_shuffled", "others")
        if changed[name, how]
    )
    subjects = sum(result.probe.subjects for result in results)
    reason = ""
    if not subjects:
        reason = "the probe is off: features.probe_subjects is 0"
    elif not compared["future_truncated"]:
        reason = "no probed subject has a later encounter, so only the dependence on other subjects was looked at"
    elif not has_time:
        reason = "the project has no time: every other encounter of a subject counts as unknown"
    return Probe(
        subjects=subjects, encounters=sum(result.probe.encounters for result in results), leaking=leaks, reason=reason
    )
