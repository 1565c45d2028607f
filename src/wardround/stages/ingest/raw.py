"""The three kinds of source behind one face: a schema, and batches that may be asked for again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from wardround.evidence.ingest import SourceFacts
from wardround.project.layout import Project
from wardround.tables import TableSource, open_table


@dataclass(frozen=True)
class Raw:
    """A raw table. ``where`` names it in messages."""

    where: str
    schema: pa.Schema
    batches: Callable[[], Iterator[pa.RecordBatch]]
    files: tuple[SourceFacts, ...] = ()
    #: Columns whose cells are lists, structures or bytes.
    nested: tuple[str, ...] = ()


def open_raw(project: Project) -> Raw:
    """The source that ``params.yaml`` names; :class:`UsageError` or :class:`EnvironmentFailure` when it cannot be opened."""
    data = project.params.data
    if data.source == "synthetic":
        from wardround.stages import synthetic

        section = project.params.synthetic
        return Raw("synthetic", synthetic.SCHEMA, lambda: synthetic.batches(section))
    if data.source == "sql":
        from wardround.stages.ingest.database import open_query

        assert data.path is not None  # params check it
        assert data.url_variable is not None
        query = open_query(data.path, data.url_variable)
        return Raw("data.path (SQL)", query.schema, query.batches)
    assert data.path is not None  # params check it
    reader = open_table(TableSource(data.path, data.encoding, data.separator, project.root))
    files = tuple(
        SourceFacts(
            name=part.file.path.rsplit("/", 1)[-1],
            format=part.sniffed.format,
            compression=part.sniffed.compression,
            encoding=part.sniffed.encoding,
            byte_order_mark=part.sniffed.bom,
            separator=part.sniffed.separator,
        )
        for part in reader.parts
    )
    return Raw(
        data.path if "://" not in data.path else files[0].name, reader.schema, reader.batches, files, reader.nested
    )
