"""The point-in-time probe: do features of an encounter change when only what came later, or other subjects, change?

Subjects are sampled; for each, a random encounter is *now*. Features up to now are computed again (a) without the later
encounters, (b) with the later encounters' values replaced by other rows' and their times moved further away. They must not
change. First they are computed for the sampled subjects alone: that must not change them either. The method is a project choice.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wardround.stages.features.building import Builder, spec_of
from wardround.stages.features.frames import ENCOUNTER, SUBJECT, TIME
from wardround.stages.features.spec import FeatureSpec, encode

#: Differences below this share are rounding: sums over fewer rows may differ in the last bits.
TOLERANCE = 1e-9
#: How often *now* is drawn again for every sampled subject.
ROUNDS = 2

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class ProbeRequest:
    """How many subjects of this part to sample, the seed, and the columns that are keys: they stay as they are.

    ``time`` is the project's own time column, which moves with ``wr_time``.
    """

    subjects: int = 0
    seed: int = 0
    keys: tuple[str, ...] = ()
    time: str | None = None


@dataclass(frozen=True)
class PartProbe:
    """Of one part: probed subjects and encounters, and how often each (feature, how) changed and was compared."""

    subjects: int = 0
    encounters: int = 0
    changed: dict[tuple[str, str], int] = field(default_factory=dict)
    compared: dict[str, int] = field(default_factory=dict)


def probe(builder: Builder, encounters: pd.DataFrame, features: pd.DataFrame, request: ProbeRequest) -> PartProbe:
    """Probes the features of one part. Deterministic in ``request``."""
    rng = np.random.default_rng(request.seed)
    rows = _sample(rng, encounters, request.subjects)
    if not rows.size:
        return PartProbe()
    own = encounters.iloc[rows].reset_index(drop=True)
    starts = _starts(own)
    tally = _Tally()
    alone = builder.build(own, "the features do not run for some of the subjects alone")
    everything = np.ones(len(own), dtype=np.bool_)
    tally.count("others", features.iloc[rows].reset_index(drop=True), alone, everything)
    for _ in range(ROUNDS):
        known = _known(rng, own, starts)
        if known.all():
            continue
        cut = own[known].reset_index(drop=True)
        truncated = builder.build(cut, "the features do not run when a subject's later encounters are cut off")
        whole = alone[known].reset_index(drop=True)
        tally.count("future_truncated", whole, truncated, np.ones(len(cut), np.bool_))
        shuffled = builder.build(
            perturbed(rng, own, known, request), "the features do not run when a subject's later encounters are others"
        )
        tally.count("future_shuffled", alone, shuffled, known)
    return PartProbe(len(np.unique(starts)), len(own), dict(tally.changed), dict(tally.compared))


def _sample(rng: np.random.Generator, encounters: pd.DataFrame, subjects: int) -> NDArray[np.int64]:
    """The rows of sampled subjects, in order; those with several encounters come first, because only they have a future."""
    codes, _ = pd.factorize(encounters[SUBJECT])
    sizes = np.bincount(codes[codes >= 0])
    order = rng.permutation(len(sizes))
    chosen = order[np.argsort(sizes[order] == 1, kind="stable")][:subjects]
    return np.flatnonzero(np.isin(codes, chosen))


def _starts(own: pd.DataFrame) -> NDArray[np.int64]:
    """For each row the position of its subject's first row (subjects lie together)."""
    subject = own[SUBJECT].to_numpy(dtype=object)
    first = np.ones(len(own), dtype=np.bool_)
    first[1:] = subject[1:] != subject[:-1]
    return np.maximum.accumulate(np.where(first, np.arange(len(own)), 0))


def _known(rng: np.random.Generator, own: pd.DataFrame, starts: NDArray[np.int64]) -> Mask:
    """Rows up to a random *now* of each subject. Without a time nothing is earlier: one random row of each is known."""
    first, place, sizes = np.unique(starts, return_inverse=True, return_counts=True)
    if TIME not in own:
        now = first + np.floor(rng.random(len(first)) * sizes).astype(np.int64)
        return np.asarray(np.arange(len(own)) == now[place])
    now = first + np.floor(rng.random(len(first)) * np.maximum(sizes - 1, 1)).astype(np.int64)
    return np.asarray(np.arange(len(own)) <= now[place])


def perturbed(rng: np.random.Generator, own: pd.DataFrame, known: Mask, request: ProbeRequest) -> pd.DataFrame:
    """``own`` with every value of the unknown rows drawn from any row of that column, and their times moved on."""
    result = own.copy()
    later = np.flatnonzero(~known)
    times = {TIME, request.time} & set(own.columns)
    for name in own.columns:
        if name in (ENCOUNTER, SUBJECT) or name in request.keys or name in times:
            continue
        column = own[name].array.copy()
        column[later] = own[name].array.take(rng.integers(len(own), size=len(later)))
        result[name] = column
    moved = _steps(rng, own, later)
    for name in sorted(str(item) for item in times):
        column = own[name].array.copy()
        if pd.api.types.is_datetime64_any_dtype(own[name].dtype):
            column[later] = column[later] + pd.to_timedelta(moved, unit="h")
        elif pd.api.types.is_numeric_dtype(own[name].dtype):
            column[later] = column[later] + moved
        result[name] = column
    return result


def _steps(rng: np.random.Generator, own: pd.DataFrame, later: NDArray[np.int64]) -> NDArray[np.int64]:
    """One step for all later rows of a subject, so that they keep their order: 1 to 1,000 hours, or units of an integer order."""
    codes, levels = pd.factorize(own[SUBJECT].iloc[later])
    return np.asarray(rng.integers(1, 1001, size=len(levels))[codes])


@dataclass
class _Tally:
    """How often each feature changed, by what was done, and how many encounters were compared."""

    changed: Counter[tuple[str, str]] = field(default_factory=Counter)
    compared: Counter[str] = field(default_factory=Counter)

    def count(self, how: str, before: pd.DataFrame, after: pd.DataFrame, rows: Mask) -> None:
        """Adds the encounters in ``rows``, feature by feature."""
        spec = spec_of(before)
        self.compared[how] += int(rows.sum())
        found = spec_of(after)
        for name in spec.names:
            if name not in found.names or found.categorical.get(name) != spec.categorical.get(name):
                self.changed[name, how] += int(rows.sum())  # which features there are depends on the data
                continue
            single = FeatureSpec((name,), {key: value for key, value in spec.categorical.items() if key == name})
            old, new = encode(before[[name]], single)[rows, 0], encode(after[[name]], single)[rows, 0]
            same = np.isclose(old, new, rtol=TOLERANCE, atol=1e-12, equal_nan=True)
            self.changed[name, how] += int((~same).sum())
