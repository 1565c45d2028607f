"""One window of the prediction log: each encounter once, with what the measured version said of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wardround.errors import EnvironmentFailure
from wardround.evidence.monitor import Span
from wardround.monitoring.alike import joined, part_of
from wardround.monitoring.outcomes.reading import KEY, Keys, digests
from wardround.monitoring.predictions import ReadRequest, read
from wardround.monitoring.predictions.line import INPUT

_BASE = ("id", "answered_at", "model_version", "stage", "subject", "encounter", "probability", "alert")
_DAY, _HOUR = 86_400_000_000, 3_600_000_000  # microseconds


@dataclass(frozen=True)
class LogWindow:
    """Which answers: those of ``stage`` in ``span`` until the day ``until``; ``version`` is measured, ``inputs`` are columns of the contract to bring along."""

    url: str
    span: Span
    until: dt.date
    stage: str
    version: str
    inputs: tuple[str, ...] = ()
    wal: Path | None = None


@dataclass(frozen=True)
class Answered:
    """A window's encounters, each once (its first answer), in order of the moment (microseconds since 1970, UTC).

    ``versions`` counts encounters by version; arrays are about the measured one. ``by_day`` and ``alerts_by_day`` count those of all versions
    for each day of the window that has passed. ``silence`` is the longest time without an answer, in hours. ``nameless`` have no encounter id.
    """

    span: Span
    versions: dict[str, int]
    by_day: NDArray[np.int64]
    alerts_by_day: NDArray[np.int64]
    silence: float
    keys: Keys
    named: NDArray[np.bool_]
    subject: NDArray[np.int64]
    moment: NDArray[np.int64]
    probability: NDArray[np.float64]
    frame: pd.DataFrame = field(repr=False)

    @property
    def n(self) -> int:
        """Encounters of the measured version."""
        return self.probability.size

    @property
    def encounters(self) -> int:
        """Encounters of all versions."""
        return sum(self.versions.values())


class Seen:
    """Encounters of earlier windows, by version: one that is asked again counts where it was asked first."""

    def __init__(self) -> None:
        self._keys: dict[str, list[Keys]] = {}

    def fresh(self, version: str, keys: Keys, named: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which were not met; they are from now on."""
        new = np.ones(keys.size, bool)
        for earlier in self._keys.get(version, ()):
            place = np.minimum(np.searchsorted(earlier, keys), max(earlier.size - 1, 0))
            if earlier.size:
                new &= ~(named & (earlier[place] == keys))
        self._keys.setdefault(version, []).append(np.unique(keys[new & named]))
        return new


def last_version(url: str, spans: Sequence[Span], stage: str, until: dt.date, wal: Path | None) -> str:
    """The version of the stage's last answer until then; empty when there is none."""
    for span in reversed(spans):
        best: tuple[int, str] = (-1, "")
        columns = ("answered_at", "model_version", "stage")
        for table in read(ReadRequest(url, span.start, _last(span, until), columns, wal)):
            rows = table.filter(pc.equal(table.column("stage"), stage))
            if rows.num_rows:
                moments = rows.column("answered_at").cast(pa.int64()).to_numpy()
                place = int(moments.argmax())
                best = max(best, (int(moments[place]), str(rows.column("model_version")[place].as_py())))
        if best[1]:
            return best[1]
    return ""


def answered(window: LogWindow, seen: Seen) -> Answered:
    """Reads one window, part by part. Raises :class:`EnvironmentFailure` when the log cannot be read, a column has two types, or a score is none."""
    columns = (*_BASE, *(INPUT + name for name in window.inputs))
    request = ReadRequest(window.url, window.span.start, _last(window.span, window.until), columns, window.wal)
    base, own = [], []
    for table in read(request):
        rows = table.filter(pc.equal(table.column("stage"), window.stage))
        if rows.num_rows:
            base.append(rows.select(list(_BASE)))
            mine = rows.filter(pc.equal(rows.column("model_version"), window.version))
            if mine.num_rows:
                _check_scores(mine)
                own.append(mine.select([name for name in mine.column_names if name.startswith(INPUT)]))
    if not base:
        return _empty(window)
    return _assembled(window, joined(base), own, seen)


def _check_scores(table: pa.Table) -> None:
    """Raises :class:`EnvironmentFailure` where an answer is no probability: nothing could be measured, and the file is what has to be looked at."""
    score = table.column("probability")
    fine = pc.and_(pc.greater_equal(score, 0.0), pc.less_equal(score, 1.0))  # of NaN false, of null null
    if not pc.all(pc.fill_null(fine, False)).as_py():
        raise EnvironmentFailure(
            "the prediction log holds answers that are no probability",
            where=f"{part_of(table)}: probability",
            wanted="numbers between 0 and 1",
            found="missing, not a number, or outside",
            next="see which service wrote that part, and what it answered",
        )


def _assembled(window: LogWindow, table: pa.Table, own: list[pa.Table], seen: Seen) -> Answered:
    version = np.asarray(table.column("model_version").to_numpy(zero_copy_only=False), dtype=object)
    moment = table.column("answered_at").cast(pa.int64()).to_numpy()
    keys, named = digests(table.column("encounter"))
    mine = version == window.version
    first = np.zeros(version.size, bool)
    for one in sorted({str(item) for item in version}):
        rows = np.flatnonzero(version == one)
        chosen = rows[_first(keys[rows], named[rows], moment[rows])]
        first[chosen[seen.fresh(one, keys[chosen], named[chosen])]] = True
    whole = _first(keys, named, moment)
    alert = table.column("alert").to_numpy(zero_copy_only=False).astype(bool)
    place = np.flatnonzero(first & mine)
    place = place[np.argsort(moment[place], kind="stable")]
    within = np.cumsum(mine) - 1  # where a row of the measured version stands among its own
    inputs = joined(own) if any(item.num_columns for item in own) else None
    frame = pd.DataFrame(index=range(int(mine.sum()))) if inputs is None else inputs.to_pandas()
    frame = frame.iloc[within[place]].reset_index(drop=True)
    return Answered(
        span=window.span,
        versions={one: int(np.count_nonzero(first & (version == one))) for one in sorted({str(v) for v in version})},
        by_day=_days(window, moment[whole]),
        alerts_by_day=_days(window, moment[whole][alert[whole]]),
        silence=_silence(window, moment),
        keys=keys[place],
        named=named[place],
        subject=_subjects(table.column("subject"))[place],
        moment=moment[place],
        probability=table.column("probability").to_numpy()[place],
        frame=frame.rename(columns=lambda name: name.removeprefix(INPUT)),
    )


def _first(keys: Keys, named: NDArray[np.bool_], moment: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first row of each encounter; rows without an id are encounters of their own."""
    rows = np.flatnonzero(named)
    rows = rows[np.argsort(moment[rows], kind="stable")]
    _, place = np.unique(keys[rows], return_index=True)
    return np.sort(np.concatenate([rows[place], np.flatnonzero(~named)]))


def _subjects(values: pa.ChunkedArray) -> NDArray[np.int64]:
    keys, named = digests(values)
    codes = np.unique(keys, return_inverse=True)[1].astype(np.int64)
    codes[~named] = codes.size + np.flatnonzero(~named)  # nobody's own code is shared
    return codes


def _last(span: Span, until: dt.date) -> dt.date:
    return min(span.end - dt.timedelta(days=1), until)


def _bounds(window: LogWindow) -> tuple[int, int]:
    epoch = dt.date(1970, 1, 1)
    first = (window.span.start - epoch).days
    return first, max(first, (_last(window.span, window.until) - epoch).days + 1)


def _days(window: LogWindow, moment: NDArray[np.int64]) -> NDArray[np.int64]:
    first, end = _bounds(window)
    return np.bincount(moment // _DAY - first, minlength=end - first).astype(np.int64)


def _silence(window: LogWindow, moment: NDArray[np.int64]) -> float:
    first, end = _bounds(window)
    edges = np.concatenate([[first * _DAY], np.sort(moment), [end * _DAY]])
    return float(np.diff(edges).max() / _HOUR)


def _empty(window: LogWindow) -> Answered:
    nothing = np.empty(0, np.int64)
    return Answered(
        window.span,
        {},
        _days(window, nothing),
        _days(window, nothing),
        _silence(window, nothing),
        np.empty(0, KEY),
        np.empty(0, bool),
        nothing,
        nothing,
        np.empty(0),
        pd.DataFrame(columns=list(window.inputs)),
    )
