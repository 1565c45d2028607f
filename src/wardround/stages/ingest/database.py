"""Rows of an SQL query, streamed as text. The database's URL comes from the environment and appears in no message."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from wardround.errors import EnvironmentFailure, UsageError

if TYPE_CHECKING:
    from sqlalchemy.engine import CursorResult, Engine

_BATCH = 20_000
#: Drivers' messages that speak of the query, not of the data.
_ABOUT_THE_QUERY = re.compile(
    r"no such (table|column)|does not exist|syntax error|unknown column|invalid object name", re.IGNORECASE
)
_WHERE = "params.yaml: data.path"


@dataclass(frozen=True)
class Query:
    """A query whose columns are known. Every cell arrives as text (dates as ISO 8601), null as null."""

    engine: Engine
    text: str
    schema: pa.Schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows; a query without rows is a :class:`UsageError`."""
        rows = 0
        with _executed(self.engine, self.text) as result:
            for chunk in result.partitions(_BATCH):
                rows += len(chunk)
                columns = zip(*chunk, strict=True)
                yield pa.RecordBatch.from_arrays(
                    [pa.array([_text(cell) for cell in column], pa.string()) for column in columns], schema=self.schema
                )
        if not rows:
            raise UsageError("the query gives no row", where=_WHERE, wanted="at least one encounter")


def open_query(text: str, variable: str) -> Query:
    """Connects, runs the query once for its column names and stops.

    Raises :class:`EnvironmentFailure` when the variable is not set, the driver is not installed or the database does not answer,
    :class:`UsageError` when the query is wrong or is not a plain SELECT.
    """
    import sqlalchemy
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    if not re.match(r"\s*(select|with)\b", text, re.IGNORECASE):
        raise UsageError("the query does not read", where=_WHERE, wanted="a query that begins with SELECT or WITH")
    url = os.environ.get(variable)
    if not url:
        raise EnvironmentFailure(
            f"the environment variable {variable} is not set",
            where="params.yaml: data.url_variable",
            wanted="the SQLAlchemy URL of the database",
            next=f"set it, for instance `export {variable}=postgresql+psycopg://…`; it never stands in params",
        )
    try:
        engine = sqlalchemy.create_engine(url)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise EnvironmentFailure(
            f"the URL in {variable} names no usable database driver: {type(error).__name__}",
            next="check the part before ://, and install the driver's package",
        ) from None  # the message would hold the URL
    with _executed(engine, text) as result:
        names = list(result.keys())
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise UsageError(f"the query gives columns of the same name: {', '.join(doubled)}", where=_WHERE)
    return Query(engine, text, pa.schema([(name, pa.string()) for name in names]))


@contextmanager
def _executed(engine: Engine, text: str) -> Iterator[CursorResult[Any]]:
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with engine.connect().execution_options(stream_results=True, yield_per=_BATCH) as connection:
            try:
                yield connection.exec_driver_sql(text)
            finally:
                connection.rollback()
    except SQLAlchemyError as error:
        message = str(getattr(error, "orig", "") or "").splitlines()[:1]
        if message and _ABOUT_THE_QUERY.search(message[0]):
            raise UsageError("the database refuses the query", where=_WHERE, found=message[0][:200]) from None
        raise EnvironmentFailure(
            f"the database does not answer: {type(error).__name__}",
            where=_WHERE,
            next="check the address, the network and the credentials",
        ) from None  # the chained message would hold the query, the URL or a cell
    finally:
        engine.dispose()


def _text(cell: object) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, (dt.date, dt.datetime, dt.time)):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (bytes, memoryview)):
        raise UsageError("the query gives a column of bytes", where=_WHERE, next="leave it out of the query")
    return str(cell)
