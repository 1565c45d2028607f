"""A part that was answered goes to the prediction log, and then to whoever asked."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from wardround.scoring.answering import Answered
from wardround.scoring.logged import Log
from wardround.scoring.output import DISTINCT, Writer
from wardround.scoring.place import Place


def name_of(part: int) -> str:
    """The file of a part."""
    return f"part-{part:05d}.parquet"


@dataclass(frozen=True)
class Publication:
    """A part that was answered, and where it goes."""

    writer: Writer
    log: Log | None
    place: Place
    part: int
    answered: Answered
    told: dict[str, Any]


def publish(what: Publication) -> None:
    """The log first: nobody gets an answer that it does not have."""
    if what.log is not None and what.told["answered"]:
        what.log.keep(what.part, lambda now: what.writer.log(what.answered, now))
    what.place.write_part(name_of(what.part), what.writer.output(what.answered), what.told, DISTINCT)


@contextlib.contextmanager
def quiet_collector() -> Iterator[None]:
    """Python's collector of cycles off: it would walk all that was imported again and again while tables are made, and they have none."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextlib.contextmanager
def plain_memory() -> Iterator[None]:
    """Arrow's tables in the system's own memory: where several threads make large ones, mimalloc costs twice the kernel's time."""
    was = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(was)
