"""Hashes of text that are the same in every process, machine and version: they decide partitions and random splits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

#: FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv), then the finaliser of SplitMix64 (Steele et al. 2014), because
#: FNV alone spreads its low bits badly and partitions take a remainder.
OFFSET = np.uint64(0xCBF29CE484222325)
PRIME = np.uint64(0x100000001B3)


def mix(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finaliser: a bijection on 64 bits whose every output bit depends on every input bit."""
    with np.errstate(over="ignore"):
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def stable_hash(values: Any, seed: int = 0) -> NDArray[np.uint64]:
    """A 64-bit hash of each text in ``values`` (an Arrow string array or sequence of text; null hashes as empty).

    Work is vectorised over character positions, so 10 million identifiers take about two seconds.
    """
    array = values if isinstance(values, (pa.Array, pa.ChunkedArray)) else pa.array(values, pa.string())
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
        if isinstance(array, pa.ChunkedArray):  # no chunk at all
            array = pa.array([], pa.string())
    array = array.cast(pa.large_string()).fill_null("")
    offsets = np.frombuffer(array.buffers()[1], np.int64)[array.offset : array.offset + len(array) + 1]
    data = np.frombuffer(array.buffers()[2] or b"", np.uint8)
    start, length = offsets[:-1], np.diff(offsets)
    hashes = np.full(len(array), OFFSET ^ mix(np.array([seed], np.uint64))[0], np.uint64)
    order = np.argsort(-length, kind="stable")
    start, counts, hashed = start[order], length[order], hashes[order]
    with np.errstate(over="ignore"):
        for position in range(int(counts[0]) if len(counts) else 0):
            live = int(np.searchsorted(-counts, -position, side="left"))
            hashed[:live] = (hashed[:live] ^ data[start[:live] + position]) * PRIME
        hashed = mix(hashed ^ counts.astype(np.uint64))
    hashes[order] = hashed
    return hashes
