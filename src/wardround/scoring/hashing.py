"""Hashes of many values at once, and bytes as hexadecimal text, without a Python object for each.

:func:`wardround.monitoring.predictions.keyed` asks OpenSSL value by value, which is most of the time of logging a million rows. The compiled
function below is SHA-256 as FIPS 180-4 writes it; some values of every call are compared with ``keyed`` itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wardround.monitoring.predictions import keyed
from wardround.stats.jit import compiled
from wardround.tables.hashing import OFFSET, PRIME, mix

Bytes = NDArray[np.uint8]
#: Bytes that SHA-256 takes at a time, and values of each call that are compared.
_BLOCK, _COMPARED = 64, 16
_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)


def _roots(power: int, count: int) -> NDArray[np.uint32]:
    """The first 32 bits of the fractions of the roots of the first primes, in whole numbers: SHA-256's constants (FIPS 180-4, 4.2.2, 5.3.3)."""
    primes = [number for number in range(2, 312) if all(number % other for other in range(2, number))][:count]
    found = []
    for prime in primes:
        target, low, high = prime << (32 * power), 0, prime << 32
        while low < high:  # the largest whole number whose power is not above
            middle = (low + high + 1) // 2
            low, high = (middle, high) if middle**power <= target else (low, middle - 1)
        found.append(low & 0xFFFFFFFF)
    return np.array(found, np.uint32)


_START, _ROUNDS = _roots(2, 8), _roots(3, 64)


def hexadecimal(values: Bytes, before: str = "") -> pa.Array:
    """Rows of bytes as text of two digits a byte, each after ``before``."""
    begin = np.frombuffer(before.encode("ascii"), np.uint8)
    width = len(begin) + 2 * values.shape[1]
    made = np.empty((len(values), width), np.uint8)
    made[:, : len(begin)] = begin
    made[:, len(begin) :: 2] = _DIGITS[values >> 4]
    made[:, len(begin) + 1 :: 2] = _DIGITS[values & 15]
    offsets = np.arange(0, (len(values) + 1) * width, width, dtype=np.int64)
    large = pa.LargeStringArray.from_buffers(len(values), pa.py_buffer(offsets), pa.py_buffer(made))
    return large.cast(pa.string())


def keyed_all(key: bytes, kind: Literal["subject", "encounter"], values: Sequence[Any]) -> pa.Array:
    """As :func:`wardround.monitoring.predictions.keyed` of each value's text."""
    texts = pa.array([str(value) for value in values], pa.large_string())
    offsets = np.frombuffer(texts.buffers()[1], np.int64)[: len(texts) + 1] if len(texts) else np.zeros(1, np.int64)
    data = np.frombuffer(texts.buffers()[2] or b"", np.uint8) if len(texts) else np.empty(0, np.uint8)
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    padded = np.frombuffer(block, np.uint8)
    begin = np.frombuffer(kind.encode() + b"\0", np.uint8)
    made = np.empty((len(texts), 32), np.uint8)
    _keyed(data, offsets, begin, padded ^ np.uint8(0x36), padded ^ np.uint8(0x5C), _START, _ROUNDS, made)
    found = hexadecimal(made)
    for place in np.linspace(0, len(texts) - 1, min(_COMPARED, len(texts))).astype(np.int64).tolist():
        if found[place].as_py() != keyed(key, kind, texts[place].as_py()):
            return pa.array([keyed(key, kind, text) for text in texts.to_pylist()], pa.string())
    return found


def text_hashes(values: pa.Array) -> NDArray[np.uint64]:
    """As :func:`wardround.tables.hashing.stable_hash` of text without nulls, byte by byte: for millions of short texts."""
    texts = values.cast(pa.large_string())
    if not len(texts):
        return np.empty(0, np.uint64)
    offsets = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
    found = np.empty(len(texts), np.uint64)
    _spread(np.frombuffer(texts.buffers()[2] or b"", np.uint8), offsets, OFFSET, PRIME, found)
    return mix(found)


@compiled
def _spread(data: Any, offsets: Any, start: Any, prime: Any, made: Any) -> None:
    for value in range(made.shape[0]):
        low, high = offsets[value], offsets[value + 1]
        found = start
        for byte in range(low, high):
            found = (found ^ np.uint64(data[byte])) * prime
        made[value] = found ^ np.uint64(high - low)


@compiled
def _keyed(  # noqa: PLR0913, PLR0917, C901 - a kernel takes arrays
    data: Any, offsets: Any, begin: Any, inner: Any, outer: Any, start: Any, rounds: Any, made: Any
) -> None:
    words, schedule = np.empty(8, np.uint32), np.empty(64, np.uint32)
    first, second = start.copy(), start.copy()
    _take(inner, first, schedule, rounds)
    _take(outer, second, schedule, rounds)
    block, head = np.empty(64, np.uint8), begin.shape[0]
    for value in range(offsets.shape[0] - 1):
        low = offsets[value]
        size = head + offsets[value + 1] - low
        for word in range(8):
            words[word] = first[word]
        total = ((size + 9 + 63) // 64) * 64
        for at in range(0, total, 64):
            for byte in range(64):
                place = at + byte
                if place < head:
                    block[byte] = begin[place]
                elif place < size:
                    block[byte] = data[low + place - head]
                else:
                    block[byte] = 0x80 if place == size else 0
            if at + 64 == total:
                _length(block, (size + 64) * 8)
            _take(block, words, schedule, rounds)
        for byte in range(64):
            block[byte] = (words[byte >> 2] >> np.uint32(8 * (3 - (byte & 3)))) & np.uint32(255) if byte < 32 else 0
        block[32] = 0x80
        _length(block, (32 + 64) * 8)
        for word in range(8):
            words[word] = second[word]
        _take(block, words, schedule, rounds)
        for byte in range(32):
            made[value, byte] = (words[byte >> 2] >> np.uint32(8 * (3 - (byte & 3)))) & np.uint32(255)


@compiled
def _length(block: Any, bits: Any) -> None:
    for byte in range(8):
        block[56 + byte] = (bits >> (8 * (7 - byte))) & 255


@compiled
def _take(block: Any, words: Any, schedule: Any, rounds: Any) -> None:
    """One block into the eight words (FIPS 180-4, 6.2.2)."""
    for place in range(16):
        at = 4 * place
        schedule[place] = (
            (np.uint32(block[at]) << np.uint32(24))
            | (np.uint32(block[at + 1]) << np.uint32(16))
            | (np.uint32(block[at + 2]) << np.uint32(8))
            | np.uint32(block[at + 3])
        )
    for place in range(16, 64):
        x, y = schedule[place - 15], schedule[place - 2]
        s0 = _turn(x, 7) ^ _turn(x, 18) ^ (x >> np.uint32(3))
        s1 = _turn(y, 17) ^ _turn(y, 19) ^ (y >> np.uint32(10))
        schedule[place] = np.uint32(schedule[place - 16] + s0 + schedule[place - 7] + s1)
    a, b, c, d = words[0], words[1], words[2], words[3]
    e, f, g, h = words[4], words[5], words[6], words[7]
    for place in range(64):
        s1 = _turn(e, 6) ^ _turn(e, 11) ^ _turn(e, 25)
        one = np.uint32(h + s1 + ((e & f) ^ (~e & g)) + rounds[place] + schedule[place])
        s0 = _turn(a, 2) ^ _turn(a, 13) ^ _turn(a, 22)
        two = np.uint32(s0 + ((a & b) ^ (a & c) ^ (b & c)))
        h, g, f, e = g, f, e, np.uint32(d + one)
        d, c, b, a = c, b, a, np.uint32(one + two)
    words[0] += a
    words[1] += b
    words[2] += c
    words[3] += d
    words[4] += e
    words[5] += f
    words[6] += g
    words[7] += h


@compiled
def _turn(word: Any, by: Any) -> Any:
    return np.uint32((word >> np.uint32(by)) | (word << np.uint32(32 - by)))
