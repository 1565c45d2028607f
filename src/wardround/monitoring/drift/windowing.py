"""Windows from a stream of answers: a profile of each window and site, its subjects counted, and some rows kept for the classifier.

Memory does not grow with the rows. Profiles that have not been fed for a while are finished and merged later, which is exact; so it does not grow
with windows and sites either.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wardround.evidence.monitor import Span
from wardround.evidence.profile import Profile
from wardround.monitoring.alike import joined
from wardround.monitoring.drift.request import Window
from wardround.profile import ColumnSpec, Profiler, merge
from wardround.tables.hashing import mix, stable_hash

#: Profiles that are held open: some 200 kB a column each.
OPEN = 24
#: Hashes of subjects that are kept: the number of subjects is exact up to there, and off by about 1.6 % beyond (Bar-Yossef et al. 2002).
KEPT = 4096
#: Sites of one window; the others are not told apart, so that a free text in that column fills no memory. Project choice.
MOST_SITES = 200
_DAY = 86_400_000_000

Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class WindowsRequest:
    """``time``, ``site`` and ``subject`` name columns (empty: none); time is microseconds since 1970 or a timestamp, UTC.

    ``sample`` rows of each window are kept, 0 for none.
    """

    specs: Sequence[ColumnSpec]
    spans: Sequence[Span]
    time: str
    site: str = ""
    subject: str = ""
    sample: int = 0


class _Subjects:
    """How many different subjects there are, from the smallest hashes; and the rows of those with the smallest."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._smallest: Hashes = np.empty(0, np.uint64)
        self._sample: list[tuple[Hashes, pa.Table]] = []
        self._held = 0

    def add(self, hashes: Hashes, batch: pa.RecordBatch, names: Sequence[str]) -> None:
        self._smallest = np.unique(np.concatenate([self._smallest, hashes]))[:KEPT]
        if not self._rows:
            return
        keep = np.argsort(hashes, kind="stable")[: self._rows]
        self._sample.append((hashes[keep], pa.Table.from_batches([batch.select(names).take(pa.array(keep))])))
        self._held += len(keep)
        if self._held > 4 * self._rows:
            self._shrink()

    def _shrink(self) -> None:
        hashes = np.concatenate([part for part, _ in self._sample])
        table = joined([part for _, part in self._sample])
        keep = np.argsort(hashes, kind="stable")[: self._rows]
        self._sample = [(hashes[keep], table.take(pa.array(keep)))]
        self._held = len(keep)

    @property
    def number(self) -> int:
        if len(self._smallest) < KEPT:
            return len(self._smallest)
        return round((KEPT - 1) / (float(self._smallest[-1]) / 2.0**64))

    @property
    def sample(self) -> pa.Table | None:
        if not self._sample:
            return None
        self._shrink()
        return self._sample[0][1]


class WindowProfiles:
    """Give it every batch (:meth:`look`), in any order, then take the :meth:`windows`."""

    def __init__(self, request: WindowsRequest) -> None:
        """Spans of the request are disjoint."""
        self._request = request
        self._starts = np.array([_microseconds(span.start) for span in request.spans], np.int64)
        self._ends = np.array([_microseconds(span.end) for span in request.spans], np.int64)
        self._order = np.argsort(self._starts)
        self._open: OrderedDict[tuple[int, str], Profiler] = OrderedDict()
        self._done: dict[tuple[int, str], Profile] = {}
        self._subjects = [_Subjects(request.sample) for _ in request.spans]
        self._sites: list[set[str]] = [set() for _ in request.spans]
        self._nameless = 0
        self.outside = 0

    def look(self, batch: pa.RecordBatch) -> None:
        """Adds the rows of a batch to their windows; rows of no window are counted in :attr:`outside`."""
        number = self._windows(batch)
        self.outside += int(np.count_nonzero(number < 0))
        for window in np.unique(number[number >= 0]):
            mask = number == window
            part = batch if mask.all() else batch.filter(pa.array(mask))
            self._add(int(window), part)

    def _add(self, window: int, part: pa.RecordBatch) -> None:
        request = self._request
        names = set(part.schema.names)
        self._profiler(window, "").look(part)
        if request.subject in names:
            hashes = self._hashed(part.column(request.subject).cast(pa.string()))
            wanted = [spec.name for spec in request.specs if spec.name in names]
            kept = list(dict.fromkeys([*wanted, request.subject]))
            self._subjects[window].add(hashes, part, kept)
        if request.site in names:
            column = part.column(request.site).cast(pa.string())
            for site in column.unique().to_pylist():
                known = self._sites[window]
                if site is not None and site and (site in known or len(known) < MOST_SITES):
                    known.add(site)
                    self._profiler(window, site).look(part.filter(pc.equal(column, site)))

    def _hashed(self, subjects: pa.Array) -> Hashes:
        """A hash of each row's subject; a row without one is nobody else's."""
        hashes = stable_hash(subjects)
        nameless = np.asarray(subjects.is_null().to_numpy(zero_copy_only=False), dtype=bool)
        number = int(np.count_nonzero(nameless))
        hashes[nameless] = mix(np.arange(self._nameless, self._nameless + number, dtype=np.uint64))
        self._nameless += number
        return hashes

    def _windows(self, batch: pa.RecordBatch) -> NDArray[np.int64]:
        column = batch.column(self._request.time)
        if pa.types.is_temporal(column.type):
            column = column.cast(pa.timestamp("us")).cast(pa.int64())
        stamps = column.cast(pa.int64()).fill_null(-(1 << 62)).to_numpy(zero_copy_only=False)
        place = np.searchsorted(self._starts[self._order], stamps, side="right") - 1
        number = self._order[np.maximum(place, 0)]
        inside = (place >= 0) & (stamps < self._ends[number])
        return np.where(inside, number, -1).astype(np.int64)

    def _profiler(self, window: int, site: str) -> Profiler:
        key = (window, site)
        found = self._open.pop(key, None)
        if found is None:
            if len(self._open) >= OPEN:
                self._finish(*self._open.popitem(last=False))
            found = Profiler(self._request.specs)
        self._open[key] = found
        return found

    def _finish(self, key: tuple[int, str], profiler: Profiler) -> None:
        made = profiler.profile()
        self._done[key] = merge([self._done[key], made]) if key in self._done else made

    def windows(self) -> tuple[Window, ...]:
        """The windows in the order of the spans; one without a row has an empty profile."""
        while self._open:
            self._finish(*self._open.popitem(last=False))
        nothing = Profiler(self._request.specs).profile()
        return tuple(
            Window(
                span=span,
                profile=self._done.get((number, ""), nothing),
                subjects=self._subjects[number].number or None,
                sites={site: self._done[number, site] for site in sorted(self._sites[number])},
                sample=self._subjects[number].sample,
            )
            for number, span in enumerate(self._request.spans)
        )


def windows(request: WindowsRequest, batches: Iterable[pa.RecordBatch]) -> tuple[Window, ...]:
    """The windows of a stream of batches."""
    held = WindowProfiles(request)
    for batch in batches:
        held.look(batch)
    return held.windows()


def _microseconds(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days * _DAY
