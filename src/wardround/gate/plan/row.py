"""The filled row of the traceability table: modification x data, retraining, evaluation, update (FDA guidance 2024, section on traceability)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wardround.evidence.decision import Fact
from wardround.gate.facts import text
from wardround.gate.plan.acceptance import Judged
from wardround.gate.plan.schema import Modification

#: Names of the facts that make a row, in the order of its columns. The report sets them as a table.
COLUMNS = ("modification", "data management", "re-training", "performance evaluation", "update procedure")


def row(modification: Modification, judged: Sequence[Judged]) -> Iterator[Fact]:
    """The row of one modification, with what its criteria came to."""
    met = sum(not item.verdict.blocks for item in judged)
    protocol = modification.protocol
    values = (
        f"{modification.id}: {modification.title}",
        protocol.data,
        protocol.retraining,
        f"{met} of {len(judged)} criteria met. {protocol.evaluation}",
        protocol.update,
    )
    return (text(name, value) for name, value in zip(COLUMNS, values, strict=True))
