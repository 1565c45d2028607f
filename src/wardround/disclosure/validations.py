"""The contract's failure counts, with small ones and those that would reveal them withheld."""

from __future__ import annotations

from wardround.disclosure.margins import count, margin, share
from wardround.disclosure.published import KEY, Count, FailureView, Quantity, ValidationView, Why
from wardround.evidence.validation import CheckResult, Validation


def view(validation: Validation, least: int, *, near: bool = False) -> ValidationView:
    """Every check, in the evidence's order. Verdicts alone where the table is ``near`` another one whose counts are out: every difference is small."""
    if near:
        nothing, unknown = Count(KEY, None, Why.NEARLY_SHOWN), Quantity(KEY, None, withheld=Why.NEARLY_SHOWN)
        failures = (
            FailureView(KEY, item.rule, item.column, item.verdict.value, nothing, unknown, item.tolerance)
            for item in validation.checks
        )
        return ValidationView(KEY, validation.verdict.value, nothing, tuple(failures))
    return ValidationView(
        KEY,
        validation.verdict.value,
        count(validation.rows, show=validation.rows >= least),
        tuple(_failure(item, validation, least) for item in validation.checks),
    )


def _failure(item: CheckResult, validation: Validation, least: int) -> FailureView:
    """One check. A rule that fails in fewer rows than ``least``, zero included, or spares fewer, shows no count."""
    failures = item.failures
    shown = failures is not None and min(failures, item.rows - failures) >= least
    number = failures if failures is not None and shown else 0
    return FailureView(
        KEY,
        item.rule,
        item.column,
        item.verdict.value,
        count(number, show=shown),
        share(number, item.rows, show=shown),
        item.tolerance,
        margin(item.by_site, number, validation.rows_by_site, least) if shown and item.by_site else (),
        margin(item.by_month, number, validation.rows_by_month, least) if shown and item.by_month else (),
    )
