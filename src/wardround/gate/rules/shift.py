"""The distance of the head's data from the base's, column by column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wardround.evidence.profile import Profile
from wardround.gate.facts import listed, margin, text
from wardround.gate.freshness import unusable
from wardround.gate.request import JudgeRequest
from wardround.gate.rule import Said, cannot_tell, not_applicable, passes, refuses, rule
from wardround.project.judging import ShiftLimits

if TYPE_CHECKING:
    from wardround.profile import ColumnDistance


@rule(
    "data.shift",
    "The data look like the base's",
    params=("gate.shift.psi", "gate.shift.missing"),
    needs=("profile",),
)
def shift(request: JudgeRequest) -> Iterator[Said]:
    """Population stability index and change in missing values of each column, head against base."""
    if request.baseline:
        yield not_applicable("The first version has no base whose data could be compared.")
        return
    if reason := unusable("base_profile", request):
        yield cannot_tell(
            f"The base's data cannot be compared ({reason}).",
            "Fetch the base's evidence (dvc pull at the base), or push it where it was made.",
        )
        return
    head, base = request.profile.value, request.base_profile.value
    assert isinstance(head, Profile)
    assert isinstance(base, Profile)
    if not head.rows or not base.rows:
        yield cannot_tell("There are no rows to compare.", "Widen the window (data.window), in head or base.")
        return
    from wardround.profile import distance

    yield _said(distance(base, head), request.base_params.gate.shift)


def _said(columns: tuple[ColumnDistance, ...], limits: ShiftLimits) -> Said:
    facts = (
        margin("largest population stability index", limits.psi),
        margin("largest change in missing", limits.missing),
    )
    shifted = [column.name for column in columns if moved(column, limits)]
    emptied = [column.name for column in columns if column.missing is not None and abs(column.missing) > limits.missing]
    untold = [column.name for column in columns if too_few(column, limits)]
    if shifted or emptied:
        found = [
            *([f"other values in {listed(shifted)}"] if shifted else []),
            *([f"missing values in {listed(emptied)}"] if emptied else []),
        ]
        return refuses(
            f"The data have shifted against the base: {'; '.join(found)}.",
            "Ask why before the model learns from it: another unit, a new code, a site that stopped sending? If the change is "
            "real and wanted, raise gate.shift in a pull request of its own, which the data's owners approve.",
            *(text("column", name) for name in dict.fromkeys([*shifted, *emptied])),
            *facts,
        )
    if untold or not columns:
        return cannot_tell(
            f"There are too few rows to tell a shift from chance: {listed(untold) or 'no column was profiled'}.",
            "Widen the window (data.window), in head or base.",
            *facts,
        )
    changed = [f"{column.name}: {column.reason}" for column in columns if column.reason.startswith("the column")]
    notes = f" Not compared: {listed(changed)}." if changed else ""
    return passes(f"No column has shifted against the base.{notes}", *facts)


def moved(column: ColumnDistance, limits: ShiftLimits) -> bool:
    """Whether the column's index exceeds the limit by more than its average without any shift."""
    return column.psi is not None and column.psi - (column.psi_noise or 0.0) > limits.psi


def too_few(column: ColumnDistance, limits: ShiftLimits) -> bool:
    """Whether chance alone makes, on average, an index above the limit; or there are no rows on one side at all."""
    if column.psi is None:
        return not column.reason
    return column.psi_noise is None or column.psi_noise > limits.psi


RULES = (shift,)
