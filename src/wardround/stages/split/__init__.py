"""Split: by time blocks, then by subject, so that test patients are new and the future predicts the future (DESIGN §4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from wardround.errors import Problem, UsageError
from wardround.evidence.split import SplitEvidence, SplitFacts
from wardround.files import replacing, sha256_file
from wardround.project.layout import Project
from wardround.project.sections import SplitSection
from wardround.stages.split.assign import (
    DROPPED,
    ORDER,
    TEST,
    TRAIN,
    VALIDATION,
    Assigned,
    Recent,
    Shares,
    by_recent,
    by_subject,
    by_time,
    distinct,
    overlap,
)
from wardround.stages.split.read import NEEDED, Rows, columns_of, parts, read_rows, read_treated
from wardround.values import Split

_SCHEMA = pa.schema(
    [("wr_encounter", pa.string()), ("wr_subject", pa.string()), ("wr_outcome", pa.int8()), ("split", pa.string())]
)
_DAY = 24 * 3600 * 1_000_000


def run(project: Project) -> SplitEvidence:
    """Writes ``data/split.parquet`` (one row an encounter, in snapshot order) and ``reports/split.json``.

    Raises :class:`UsageError` when a block would be empty, or train or test would hold one class only.
    """
    layout, section = project.layout, project.params.split
    rows = read_rows(layout.snapshot, section.seed, drawn=section.recent is not None)
    if section.untreated is not None:
        rows = replace(rows, treated=read_treated(layout.snapshot, section.untreated))
    assigned = assign(rows, section)
    check(assigned, rows, rows.usable, project.params.disclosure.min_cell)
    _write(layout.split, layout.snapshot, assigned.codes)
    evidence = _evidence(section, rows, assigned, sha256_file(layout.split))
    evidence.write(layout.evidence("split"))
    return evidence


def assign(rows: Rows, section: SplitSection) -> Assigned:
    """Where each row belongs. Raises :class:`UsageError` when ``recent`` asks for what the time column does not have."""
    usable, shares = rows.usable, Shares(section.train, section.validation)
    if section.recent is not None:
        if rows.time is None:
            raise UsageError(
                "a recent window needs a time column",
                where="params.yaml: split.recent",
                next="remove split.recent, or set data.columns.time",
            )
        start = moment_of(section.recent.start, dated=rows.dated)
        end = start if section.recent.train_end is None else moment_of(section.recent.train_end, dated=rows.dated)
        since = section.recent.recalibrate_from
        late = start if since is None else moment_of(since, dated=rows.dated)
        recent = Recent(start, section.recent.share, end, late)
        return by_recent(rows.time, rows.subject, usable, rows.draw, recent)
    if rows.time is not None:
        return by_time(rows.time, rows.subject, usable, shares)
    return by_subject(rows.draw, rows.subject, usable, shares)


def moment_of(value: dt.datetime | dt.date | int, *, dated: bool) -> int:
    """A moment in the unit of the snapshot's times: microseconds since 1970, or the order's own integers.

    Raises :class:`UsageError` when it is a date and time is an order, or the other way round.
    """
    if isinstance(value, int) == dated:
        raise UsageError(
            "a moment of split.recent does not fit the time column",
            where="params.yaml: split.recent",
            wanted="a date" if dated else "an integer: time is an order without dates",
            found=type(value).__name__,
        )
    if isinstance(value, int):
        return value
    moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    return int((moment.replace(tzinfo=None) - dt.datetime(1970, 1, 1)) / dt.timedelta(microseconds=1))  # noqa: DTZ001 - the snapshot has no zone


def check(assigned: Assigned, rows: Rows, usable: NDArray[np.bool_], min_cell: int) -> None:
    """Whether a model can be trained and judged on the result; everything that prevents it is reported at once."""
    where = "data/split.parquet"
    if not usable.any():
        raise UsageError(
            "no encounter can be used: each lacks its outcome or its time",
            where=where,
            next="look at reports/ingest.json",
        )
    subjects = distinct(rows.subject[usable])
    if subjects < 3:
        raise UsageError(
            "there are too few subjects to split" if subjects > 1 else "all encounters are of one single subject",
            where=where,
            wanted="at least three subjects: one each for training, validation and test",
            next="check data.columns.subject in params.yaml: it names the patient, not the hospital",
        )
    problems = []
    for code, needs_classes in ((TRAIN, True), (VALIDATION, False), (TEST, True)):
        inside = assigned.codes == code
        name, n, events = ORDER[code].value, int(inside.sum()), int(rows.outcome[inside].sum())
        if n == 0:
            problems.append(
                Problem(
                    f"the {name} split is empty",
                    where="params.yaml: split",
                    wanted="at least one encounter of a subject who was not seen earlier",
                    found=f"{_count(int(usable.sum()), min_cell)} usable encounters of {_count(subjects, min_cell)} subjects",
                    next="change the shares, widen data.window, or check data.columns.subject and data.columns.time",
                )
            )
        elif needs_classes and events in (0, n):
            problems.append(
                Problem(
                    f"the {name} split holds one class only: {'no' if events == 0 else 'every'} encounter has the outcome",
                    where="params.yaml: split",
                    wanted="encounters with and without the outcome",
                    found=f"{_count(n, min_cell)} encounters",
                    next="widen data.window or change the shares; are late outcomes recorded as absent?",
                )
            )
    if problems:
        raise UsageError(problems=problems)


def _count(number: int, min_cell: int) -> str:
    return f"{number:,}" if number >= min_cell else f"fewer than {min_cell}"


def _write(path: Path, snapshot: Path, codes: NDArray[np.int8]) -> None:
    """Streams identifiers from the snapshot again, so that memory holds one batch of them."""
    levels = pa.array([item.value for item in ORDER], pa.string())
    start = 0
    with replacing(path) as temporary:
        writer = parquet.ParquetWriter(
            temporary, _SCHEMA, compression="zstd", compression_level=1, store_schema=False, version="2.6"
        )
        with writer:
            for part in parts(snapshot):
                for batch in columns_of(part, NEEDED):
                    words = levels.take(pa.array(codes[start : start + batch.num_rows]))
                    columns = [batch.column(name) for name in NEEDED]
                    writer.write_batch(pa.RecordBatch.from_arrays([*columns, words], schema=_SCHEMA))
                    start += batch.num_rows


def _evidence(section: SplitSection, rows: Rows, assigned: Assigned, digest: str) -> SplitEvidence:
    timed = rows.time is not None
    return SplitEvidence(
        method="time" if timed else "subject",
        seed=None if timed else section.seed,
        train_share=section.train,
        validation_share=section.validation,
        validation_from=_moment(assigned.validation_from, dated=rows.dated),
        test_from=_moment(assigned.test_from, dated=rows.dated),
        splits=tuple(_facts(split, assigned.codes == code, rows) for code, split in enumerate(ORDER)),
        overlap=overlap(assigned.codes, rows.subject),
        unlabelled=int((~rows.labelled).sum()),
        without_time=int((~rows.timed).sum()),
        digest=digest,
        limitations=(*_recent(section), *_limitations(section, assigned, rows)),
    )


def _facts(split: Split, inside: NDArray[np.bool_], rows: Rows) -> SplitFacts:
    first = last = days = None
    moments = rows.time[inside & rows.timed] if rows.time is not None else np.zeros(0, np.int64)
    if len(moments):
        first, last = int(moments.min()), int(moments.max())
        # The last day counts in full, so that one day of encounters is one day.
        days = float(last // _DAY - first // _DAY + 1) if rows.dated else None
    return SplitFacts(
        split=split.value,
        n=int(inside.sum()),
        events=int(rows.outcome[inside].sum()),
        subjects=distinct(rows.subject[inside]),
        first_time=_moment(first, dated=rows.dated),
        last_time=_moment(last, dated=rows.dated),
        days=days,
    )


def _moment(value: int | None, *, dated: bool) -> str | int | None:
    if value is None or not dated:
        return value
    return (dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=value)).isoformat()  # noqa: DTZ001 - the snapshot has no zone


def _recent(section: SplitSection) -> tuple[str, ...]:
    if section.recent is None:
        return ()
    older = "" if section.recent.recalibrate_from is None else " Of its half only the latest days recalibrate."
    return (
        "Validation and test are two halves of the subjects of the recent window: what recalibrated is no older than the test block."
        + older,
    )


def _limitations(section: SplitSection, assigned: Assigned, rows: Rows) -> tuple[str, ...]:
    found = []
    if rows.time is None:
        found.append(
            "There is no time: the test split is a random share of subjects, so it does not show how the model ages, and rules about "
            "dates are not applicable."
        )
    elif not rows.dated:
        found.append("Time is an order without dates: alerts per day cannot be given.")
    if distinct(rows.subject) == len(rows.subject):
        found.append("Every subject has one encounter: new subjects and all comers are the same.")
    if (~rows.labelled).any():
        found.append("Encounters whose outcome is not known yet are in no split.")
    if (~rows.timed).any():
        found.append("Encounters without a readable time are in no split.")
    if rows.treated is not None:
        found.append(
            "Encounters that were treated because of an alert are in no split: what is measured is of those who stayed untreated."
        )
    # a recent window also drops what lies before it and what is too old to recalibrate
    if section.recent is None and int((assigned.codes == DROPPED).sum()) > int((assigned.codes == VALIDATION).sum()):
        found.append("More validation encounters were dropped (their subjects are in training) than kept.")
    return tuple(found)
