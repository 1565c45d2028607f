"""The outcomes that the params name, as of the day of the look."""

from __future__ import annotations

from wardround.errors import UsageError
from wardround.monitoring.outcomes.reading import NOTHING, Known, ReadOutcomes, read
from wardround.monitoring.outcomes.request import OutcomeRequest


def known_outcomes(request: OutcomeRequest) -> Known:
    """Nothing where no outcomes are named. Errors as in :func:`wardround.monitoring.outcomes.reading.read`."""
    if request.outcomes is None:
        return NOTHING
    columns, section = request.params.data.columns, request.params.monitor.outcome
    encounter = section.encounter or columns.encounter
    if encounter is None:
        raise UsageError(
            "outcomes cannot be joined: encounters have no id",
            where="params.yaml: monitor.outcome.encounter",
            wanted="the column of the outcomes that names the encounter, as data.columns.encounter names it in the log",
            next="declare data.columns.encounter",
        )
    return read(
        ReadOutcomes(
            url=request.outcomes,
            columns=(encounter, section.value or columns.outcome, section.recorded or columns.outcome_time or ""),
            positive=request.params.data.positive,
            until=request.until,
            key=request.key,
            ids=section.ids,
            separator=section.separator,
            zone=section.zone,
            root=request.root,
            treatment=(section.treated or "", section.propensity or ""),
        )
    )
