"""Two revisions side by side, whatever they are: branches, tags, commits of ``dvc exp``. It measures and does not judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wardround.disclosure import Inside, disclose, told
from wardround.errors import UsageError
from wardround.flows import looks, remembered
from wardround.flows.review import comparing
from wardround.flows.review.references import Reference
from wardround.flows.stage import scratch
from wardround.project.layout import Project
from wardround.report.numbers import with_interval
from wardround.revision.dvc import Dvc
from wardround.revision.git import Git
from wardround.values import Role

if TYPE_CHECKING:
    from wardround.disclosure.published import Published

#: What a person wants to see first; the rest is in the JSON.
SHOWN = ("auroc", "auprc", "brier", "oe", "slope", "ici")


@dataclass(frozen=True)
class Compared:
    """The comparison as published values (JSON types) and as lines for a terminal."""

    published: dict[str, Any]
    lines: tuple[str, ...]


def compare_revisions(project: Project, first: str, second: str, progress: Callable[[str], None]) -> Compared:
    """The second revision's model against the first's, on the second's test encounters.

    Raises :class:`UsageError` when a revision is not there or has no model in its ``dvc.lock``.
    """
    git = Git(project.root)
    Dvc(project.root).check_repository()
    remote = project.params.review.remote if project.params.review.remote in Dvc(project.root).remotes() else None
    base = Reference(Role.BASE, first, git.commit(first), git, remote)
    head = Reference(Role.HEAD, second, git.commit(second), git, remote)
    for reference in (base, head):
        if reference.first:
            raise UsageError(
                f"the revision {reference.name!r} has no trained model",
                where=f"{reference.commit[:10]}: dvc.lock",
                wanted="a dvc.lock that names models/model",
                next="reproduce that revision and commit its dvc.lock",
            )
    program = head.program
    progress(f"fetching what {second} made")
    program.fetch("data/snapshot", "data/split.parquet", "data/scores.parquet", "models/model", "reports/features.json")
    own = Project(program.root)
    measured = comparing.compare_all(
        comparing.Head(own, head.commit, head.lock, project.params, program), (base,), progress
    )
    # Both are looks at the test blocks that they were measured on, whatever is chosen then.
    looks.record(scratch(project), looks.made(measured, head.lock, {base.role.value: base.lock}))
    inside = Inside(thresholds=project.params.evaluate.thresholds, comparison=measured)
    before = remembered.before(project, {Role.HEAD.value: head.lock, base.role.value: base.lock})
    published = disclose(inside, min_cell=project.params.disclosure.min_cell, before=before)
    remembered.keep(project, told(published, inside, before.about, project.params.project.name))
    return Compared(published.plain(), tuple(_lines(published, first, second)))


def _lines(published: Published, first: str, second: str) -> list[str]:
    found = []
    for against in published.against:
        where = f"on the test encounters of {second if against.test_set == 'head' else first}"
        if not against.comparable:
            found.append(f"not comparable {where}: {against.reason}")
            continue
        for cohort in against.cohorts:
            change = cohort.change("all")
            if change is None or change.withheld:
                found.append(f"{cohort.population}, {where}: {change.withheld if change else cohort.withheld}")
                continue
            found.append(
                f"{cohort.population.replace('_', ' ')}, {where}: {change.n} encounters, {change.events} events"
            )
            found.append(f"  {'':<8} {first[:22]:<24} {second[:22]:<24} difference")
            for measure in SHOWN:
                if item := change.of(measure):
                    texts = (with_interval(value) for value in (item.reference, item.head))
                    old, new = texts
                    found.append(f"  {measure:<8} {old:<24} {new:<24} {with_interval(item.difference, sign=True)}")
    return found
