"""The inputs of the windows against those that the version was trained on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure

if TYPE_CHECKING:
    import pyarrow as pa

    from wardround.evidence.monitor import Span
    from wardround.flows.monitor.reference import Reference
    from wardround.monitoring.drift import DriftLook
    from wardround.project.params import Params


@dataclass(frozen=True)
class InputsRequest:
    """Windows of the log at ``url``; ``made`` is what the version was made of. ``until`` is the day of the look."""

    params: Params
    url: str
    stage: str
    spans: tuple[Span, ...]
    until: dt.date
    made: Reference
    wal: Path | None = None


def look(request: InputsRequest) -> DriftLook | None:
    """What the inputs say; None when there is nothing to hold them against.

    Raises :class:`EnvironmentFailure` when the log or the snapshot cannot be read.
    """
    from wardround.monitoring.drift import DriftRequest
    from wardround.monitoring.drift import look as compared
    from wardround.monitoring.drift.served import ServedRequest, TrainedRequest, inputs, served, trained

    made, columns = request.made, request.params.data.columns
    if made.contract is None:
        return None
    settings = request.params.monitor.drift
    training = None
    if made.snapshot is not None:
        training = trained(
            TrainedRequest(made.contract, columns, request.params.data.exclude, settings.sample),
            _batches(made.snapshot),
        )
    profile = training.profile if training is not None else made.profile
    if profile is None:
        return None
    windows = served(
        ServedRequest(
            url=request.url,
            spans=request.spans,
            stage=request.stage,
            contract=made.contract,
            columns=columns,
            until=request.until + dt.timedelta(days=1),
            wal=request.wal,
            sample=settings.sample if training is not None else 0,
        )
    )
    return compared(
        DriftRequest(
            reference=profile,
            windows=windows,
            settings=settings,
            columns=inputs(made.contract, columns),
            contract=made.contract,
            reference_sites=training.sites if training is not None else {},
            reference_sample=training.sample if training is not None else None,
            site=columns.site or "",
            subject="subject" if columns.subject else "",
        )
    )


def _batches(snapshot: Path) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    from pyarrow import parquet

    for path in sorted(snapshot.glob("*.parquet")):
        try:
            with parquet.ParquetFile(path) as file:
                yield from file.iter_batches()
        except (pa.ArrowException, OSError) as error:
            raise EnvironmentFailure(
                "a part of the snapshot cannot be read",
                where=f"{snapshot.name}/{path.name}",
                found=type(error).__name__,
                next="remove it and fetch it again: dvc checkout data/snapshot",
            ) from error
