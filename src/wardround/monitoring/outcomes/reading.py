"""Outcomes as of a day: for each encounter what was recorded last, whatever was written twice, changed or torn."""

from __future__ import annotations

import binascii
import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wardround.errors import UsageError
from wardround.monitoring.outcomes.files import Torn, batches, find
from wardround.monitoring.outcomes.treated import Treatments
from wardround.monitoring.predictions import keyed

#: Half of a keyed hash tells encounters apart: two of ten million are equal with a probability of 1.5e-25.
KEY = "S16"
Keys = NDArray[np.bytes_]
#: A value in params.yaml.
Value = str | int | float | bool
_DAY = 86_400_000_000  # microseconds
_NEVER = np.iinfo(np.int64).min
_COMPARISON = re.compile(r"\s*(>=|<=|==|!=|>|<|=)\s*([+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\s*")
_AWARE = re.compile(r"[tT ]\d\d.*(?:[zZ]|[+-]\d\d(?::?\d\d)?)$")
_COMPARE = {
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
    "=": np.equal,
    "==": np.equal,
    "!=": np.not_equal,
}


@dataclass(frozen=True)
class ReadOutcomes:
    """``columns`` are encounter, value and recorded (empty: not told). ``positive`` is ``data.positive``. ``until`` is a day, included.

    ``treatment`` are the columns that say who was treated, and with what probability (empty: not told).
    """

    url: str
    columns: tuple[str, str, str]
    positive: Value
    until: dt.date
    key: bytes = b""
    ids: str = "plain"
    separator: str = ","
    zone: str = "UTC"
    root: Path = Path()
    treatment: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Known:
    """``keys`` ascend; ``recorded`` is in microseconds since 1970 (UTC), the least integer where it is not told; ``happened`` is 0 or 1.

    Counts: ``repeated`` rows that say again what was said, ``changed`` encounters whose outcome was recorded differently before, ``later`` rows
    recorded after the look, ``unreadable`` rows with a value, an id or a time that is none.
    """

    keys: Keys
    recorded: NDArray[np.int64]
    happened: NDArray[np.int8]
    repeated: int = 0
    changed: int = 0
    later: int = 0
    unreadable: int = 0
    torn_rows: int = 0
    torn_files: tuple[str, ...] = ()
    unended_files: tuple[str, ...] = ()
    treatments: Treatments | None = None

    def of(self, keys: Keys) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
        """Outcome (-1: not known) and moment of recording of each key."""
        if not self.keys.size or not keys.size:
            return np.full(keys.size, -1, np.int8), np.full(keys.size, _NEVER, np.int64)
        place = np.minimum(np.searchsorted(self.keys, keys), self.keys.size - 1)
        met = self.keys[place] == keys
        return (
            np.where(met, self.happened[place], -1).astype(np.int8),
            np.where(met, self.recorded[place], _NEVER).astype(np.int64),
        )

    def treatment(self, keys: Keys) -> Treatments:
        """Who of them was treated; nobody whose outcome is not known."""
        if self.treatments is None or not self.keys.size or not keys.size:
            return Treatments.none(keys.size)
        place = np.minimum(np.searchsorted(self.keys, keys), self.keys.size - 1)
        met = self.keys[place] == keys
        found = self.treatments.at(place)
        return Treatments(found.treated & met, np.where(met, found.propensity, np.nan))


NOTHING = Known(np.empty(0, KEY), np.empty(0, np.int64), np.empty(0, np.int8))


def read(request: ReadOutcomes) -> Known:
    """All outcomes that were recorded by then, batch by batch; about 25 bytes of memory an outcome.

    Raises :class:`UsageError` when a column or the key is missing, :class:`EnvironmentFailure` when the storage does not answer.
    """
    if request.ids == "plain" and not request.key:
        raise UsageError(
            "outcomes cannot be joined to the log without its key",
            where="WARDROUND_LOG_KEY_FILE",
            wanted="the key with which the service hashed the encounters",
            next="give the key's file, or keyed ids in the outcomes and monitor.outcome.ids: keyed",
        )
    torn, parts = Torn(), _Parts()
    encounter, value, recorded = request.columns
    columns = list(dict.fromkeys(name for name in (*request.columns, *request.treatment) if name))
    end = _microseconds(request.until + dt.timedelta(days=1))
    for file in find(request.url, request.root):
        for batch in batches(file, columns, request.separator, torn):
            happened, fine = _happened(batch.column(value), request.positive)
            keys, named = _keys(batch.column(encounter), request)
            moments = _moments(batch.column(recorded), request.zone) if recorded else None
            told = np.ones(fine.size, bool) if moments is None else moments != _NEVER
            parts.unreadable += int(np.count_nonzero(~(fine & named & told)))
            keep = fine & named & told
            if moments is not None:
                parts.later += int(np.count_nonzero(keep & (moments >= end)))
                keep &= moments < end
            parts.add(keys[keep], np.full(fine.size, _NEVER) if moments is None else moments, happened, keep)
            parts.treatments.append(Treatments.of(batch, request.treatment).at(keep))
    return parts.last(torn)


class _Parts:
    def __init__(self) -> None:
        self.keys: list[Keys] = []
        self.moments: list[NDArray[np.int64]] = []
        self.happened: list[NDArray[np.int8]] = []
        self.treatments: list[Treatments] = []
        self.unreadable = self.later = 0

    def add(self, keys: Keys, moments: NDArray[np.int64], happened: NDArray[np.int8], keep: NDArray[np.bool_]) -> None:
        self.keys.append(keys)
        self.moments.append(moments[keep])
        self.happened.append(happened[keep])

    def last(self, torn: Torn) -> Known:
        """The last recorded row of each encounter; of equal moments the one that stands later, files in order of their names."""
        more: dict[str, Any] = {
            "later": self.later,
            "unreadable": self.unreadable,
            "torn_rows": torn.rows,
            "torn_files": tuple(torn.files),
            "unended_files": tuple(torn.unended),
        }
        if not any(part.size for part in self.keys):
            return Known(NOTHING.keys, NOTHING.recorded, NOTHING.happened, **more)
        keys, moments, happened = (np.concatenate(part) for part in (self.keys, self.moments, self.happened))
        halves = np.ascontiguousarray(keys).view(">u8").reshape(-1, 2).astype(np.uint64)
        order = np.lexsort((np.arange(keys.size), moments, halves[:, 1], halves[:, 0]))
        keys, moments, happened = keys[order], moments[order], happened[order]
        first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
        final = np.append(first[1:], keys.size) - 1
        changed = np.maximum.reduceat(happened, first) != np.minimum.reduceat(happened, first)
        same = np.diff(np.append(first, keys.size))[~changed]
        return Known(
            keys[final],
            moments[final],
            happened[final],
            repeated=int((same - 1).sum()),
            changed=int(np.count_nonzero(changed)),
            treatments=Treatments.joined(self.treatments).at(order[final]),
            **more,
        )


def digests(values: pa.Array | pa.ChunkedArray) -> tuple[Keys, NDArray[np.bool_]]:
    """Keyed hashes (64 hexadecimal digits) as short keys, and where there was one."""
    one = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    fine = pc.fill_null(pc.match_substring_regex(one.cast(pa.string()), "^[0-9a-f]{64}$"), False)
    mask = np.asarray(fine.to_numpy(zero_copy_only=False), dtype=bool)
    keys = np.zeros(len(one), KEY)
    if mask.any():
        text = "".join(one.filter(pa.array(mask)).cast(pa.string()).to_pylist())
        keys[mask] = np.ascontiguousarray(
            np.frombuffer(binascii.unhexlify(text), np.uint8).reshape(-1, 32)[:, :16]
        ).view(KEY)[:, 0]
    return keys, mask


def _keys(values: pa.Array, request: ReadOutcomes) -> tuple[Keys, NDArray[np.bool_]]:
    if request.ids == "keyed":
        return digests(values)
    text = pc.utf8_trim_whitespace(values)
    hashed = [None if item in {None, ""} else keyed(request.key, "encounter", item) for item in text.to_pylist()]
    return digests(pa.array(hashed, pa.string()))


def _happened(values: pa.Array, positive: Value) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """0 or 1, and where a value could be read. A number or a truth value is compared as such, a word as it is written."""
    wanted = int(positive) if isinstance(positive, bool) else positive
    told = pd.Series(values.to_pylist(), dtype="string").str.strip()
    comparison = _COMPARISON.fullmatch(wanted) if isinstance(wanted, str) else None
    if isinstance(wanted, (int, float)) or comparison:
        words = told.str.lower().map({"true": "1", "false": "0"}).fillna(told)
        numbers = pd.to_numeric(words, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        fine = np.isfinite(numbers)
        operation, bound = (comparison[1], float(comparison[2])) if comparison else ("=", float(wanted))
        return (_COMPARE[operation](numbers, bound) & fine).astype(np.int8), fine
    fine = (told.notna() & (told != "")).to_numpy(dtype=bool, na_value=False)
    return (told == str(wanted)).to_numpy(dtype=bool, na_value=False).astype(np.int8), fine


def _moments(values: pa.Array, zone: str) -> NDArray[np.int64]:
    """Microseconds since 1970 (UTC); the least integer where the text is no moment in ISO 8601."""
    told = pd.Series(values.to_pylist(), dtype="string").str.strip()
    aware = told.str.contains(_AWARE, na=False)
    found = np.full(len(told), _NEVER, np.int64)
    for chosen, has_zone in ((aware, True), (~aware, False)):
        place = np.flatnonzero(chosen.to_numpy(dtype=bool))
        if not place.size:
            continue
        part = pd.to_datetime(told.iloc[place], format="ISO8601", errors="coerce", utc=has_zone)
        if not has_zone:
            part = part.dt.tz_localize(
                ZoneInfo(zone), ambiguous=np.zeros(place.size, bool), nonexistent="shift_forward"
            )
        part = part.dt.tz_convert("UTC").dt.as_unit("us")
        known = part.notna().to_numpy()
        found[place[known]] = part[known].dt.tz_localize(None).to_numpy().astype("datetime64[us]").astype(np.int64)
    return found


def _microseconds(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days * _DAY
