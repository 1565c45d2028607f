"""From the prediction log, and from the snapshot that a version was trained on, to what a look at the inputs takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from wardround.evidence.monitor import Span
from wardround.monitoring.drift.once import Once
from wardround.monitoring.drift.request import Window
from wardround.monitoring.drift.windowing import WindowProfiles, WindowsRequest, windows
from wardround.monitoring.predictions import ReadRequest, read
from wardround.monitoring.predictions.line import INPUT
from wardround.profile import ColumnSpec

if TYPE_CHECKING:
    from wardround.contract.model import Contract
    from wardround.project.sections import Columns

_TIME, _SUBJECT, _STAGE, _ENCOUNTER = "answered_at", "subject", "stage", "encounter"
_EPOCH = "wr_when"


@dataclass(frozen=True)
class ServedRequest:
    """Answers of ``stage`` in the log at ``url``, until ``until`` (excluded), in windows. ``sample`` rows of each are kept for the classifier."""

    url: str
    spans: tuple[Span, ...]
    stage: str
    contract: Contract
    columns: Columns
    until: dt.date
    wal: Path | None = None
    sample: int = 0


def inputs(contract: Contract, columns: Columns) -> tuple[str, ...]:
    """The columns that are looked at: known when the service is asked, of numbers or levels, and none that only names somebody."""
    named = (columns.encounter, columns.subject, columns.outcome, columns.time, columns.outcome_time)
    return tuple(
        column.name
        for column in contract.columns
        if column.name not in named
        and column.known_at != "outcome"
        and column.kind.value in ("integer", "float", "boolean", "category")
    )


def specs(contract: Contract, columns: Columns) -> tuple[ColumnSpec, ...]:
    """What the profiles keep: the inputs."""
    wanted = inputs(contract, columns)
    held = (column for column in contract.columns if column.name in wanted)
    return tuple(ColumnSpec(column.name, str(column.kind), column.categories) for column in held)


def served(request: ServedRequest) -> tuple[Window, ...]:
    """The windows of the log, read part by part; each encounter counts once, by its first answer. Raises :class:`EnvironmentFailure` when the log cannot be read."""
    made = WindowsRequest(
        specs(request.contract, request.columns),
        request.spans,
        _TIME,
        request.columns.site or "",
        _SUBJECT,
        request.sample,
    )
    return windows(made, _answers(request, [spec.name for spec in made.specs]))


def _answers(request: ServedRequest, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    first = min(span.start for span in request.spans)
    last = min(max(span.end for span in request.spans), request.until) - dt.timedelta(days=1)
    columns = (_TIME, _SUBJECT, _STAGE, _ENCOUNTER, *(INPUT + name for name in names))
    once = Once()
    for table in read(ReadRequest(request.url, first, last, columns, request.wal)):
        rows = once.fresh(table.filter(pc.equal(table.column(_STAGE), request.stage)), _ENCOUNTER, _TIME)
        plain = rows.rename_columns([_plain(name) for name in rows.column_names])
        yield from plain.combine_chunks().to_batches()


def _plain(name: str) -> str:
    return name.removeprefix(INPUT) if name.startswith(INPUT) else name


@dataclass(frozen=True)
class TrainedRequest:
    """``exclude`` lists values by column whose encounters are not eligible (``data.exclude``): the service is never asked about them."""

    contract: Contract
    columns: Columns
    exclude: Mapping[str, Sequence[object]] = field(default_factory=dict)
    sample: int = 0


def trained(request: TrainedRequest, batches: Iterable[pa.RecordBatch]) -> Window:
    """Training's side, from batches of its snapshot: its profile, those of its sites, and rows for the classifier, as one window.

    The rows' subject column is renamed to the log's. Its identifiers are not the log's keyed hashes, so a patient on both sides is not known to be one.
    """
    whole = Span(name="training", start=dt.date(1970, 1, 1), end=dt.date(1970, 1, 2))
    columns = request.columns
    made = WindowsRequest(
        specs(request.contract, columns),
        (whole,),
        _EPOCH,
        columns.site or "",
        _SUBJECT if columns.subject else "",
        request.sample,
    )
    held = WindowProfiles(made)
    for every in batches:
        batch = _eligible(every, request.exclude)
        names = list(batch.schema.names)
        keep = [name for name in names if name in {spec.name for spec in made.specs}]
        arrays = [batch.column(name) for name in keep]
        if columns.subject in names:
            keep, arrays = [*keep, _SUBJECT], [*arrays, batch.column(columns.subject).cast(pa.string())]
        moment = pa.repeat(pa.scalar(0, pa.int64()), batch.num_rows)
        held.look(pa.RecordBatch.from_arrays([*arrays, moment], names=[*keep, _EPOCH]))
    return held.windows()[0]


def _eligible(batch: pa.RecordBatch, exclude: Mapping[str, Sequence[object]]) -> pa.RecordBatch:
    for name, values in exclude.items():
        if name in batch.schema.names:
            column = batch.column(name)
            plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
            out = pc.is_in(plain, pa.array(list(values)).cast(plain.type))
            batch = batch.filter(pc.invert(out))
    return batch
