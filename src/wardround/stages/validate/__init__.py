"""The stage ``validate``: the contract, the table-level checks and the profile, in one pass over the snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.contract import load
from wardround.stages.validate.judging import conclude, known_tolerances
from wardround.stages.validate.passes import TableChecks, specs
from wardround.stages.validate.snapshot import Snapshot

if TYPE_CHECKING:
    from wardround.evidence.validation import Validation
    from wardround.project.layout import Project


def run(project: Project) -> Validation:
    """Validates the snapshot and writes ``reports/validation.json`` and ``reports/profile.json``.

    A contract that is not satisfied is a verdict, not an exception. Raises :class:`UsageError` when there is no readable
    snapshot, or ``contract.tolerance`` names a rule or column that is not there.
    """
    contract, params = load(project.layout.contract), project.params
    known_tolerances(contract, params.contract.tolerance)
    encoded = tuple(spec.name for spec in specs(contract) if spec.kind == "category")
    snapshot = Snapshot(project.layout.snapshot, encoded)
    checks = TableChecks(contract, params.data, params.contract, snapshot.rows)
    checks.run(snapshot)
    profile = checks.profiler.profile()
    validation = conclude(checks, profile, params.contract.tolerance)
    profile.write(project.layout.evidence("profile"))
    validation.write(project.layout.evidence("validation"))
    return validation
