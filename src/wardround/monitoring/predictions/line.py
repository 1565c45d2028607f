"""One answer as a line of a segment, and as a row of Parquet."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json
from pydantic_core import to_json

from wardround.contract import ContractColumn, Kind

VERSION = 1
_KIND = "predictions"
Asked = Literal["predict", "explain", "score"]
#: Before the name of a contract's column in the log.
INPUT = "inputs."
_TYPES = {
    Kind.INTEGER: pa.int64(),
    Kind.FLOAT: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.CATEGORY: pa.string(),
    Kind.DATETIME: pa.int64(),  # microseconds since 1970; Parquet has a timestamp
}
_LINE = [
    pa.field("id", pa.string(), nullable=False),
    pa.field("answered_at", pa.int64(), nullable=False),
    pa.field("asked", pa.string(), nullable=False),
    pa.field("probe", pa.bool_(), nullable=False),
    pa.field("subject", pa.string()),
    pa.field("encounter", pa.string()),
    pa.field("earlier", pa.int64(), nullable=False),
    pa.field("probability", pa.float64(), nullable=False),
    pa.field("alert", pa.bool_(), nullable=False),
    pa.field("warnings", pa.list_(pa.string())),
]
#: The columns that every part of the log has; those of a contract come on top.
PLAIN = (*(field.name for field in _LINE), "model_version", "contract_version", "stage", "thresholds")
_MOMENT = pa.timestamp("us", tz="UTC")


class Answer(NamedTuple):
    """What is kept of one answer.

    ``answered_at`` is in microseconds since 1970 (UTC); ``probe`` marks answers by which nobody was treated; ``subject`` and
    ``encounter`` are keyed hashes; ``earlier`` counts the history that came along; ``alert`` is that of the operating threshold;
    ``inputs`` are the encounter's values by column, without identifiers and free text.
    """

    id: str
    answered_at: int
    asked: Asked
    probe: bool
    subject: str | None
    encounter: str | None
    earlier: int
    probability: float
    alert: bool
    warnings: Sequence[str]
    inputs: Mapping[str, Any]

    def line(self) -> bytes:
        """One line of JSON."""
        return bytes(to_json(self._asdict())) + b"\n"


@dataclass(frozen=True)
class Header:
    """What all answers of a segment have in common: its first line. ``inputs`` are names and kinds of the logged columns."""

    model_version: str
    contract_version: str
    stage: str
    thresholds: tuple[float, ...]
    inputs: tuple[tuple[str, Kind], ...]

    def line(self) -> bytes:
        """The segment's first line."""
        told = {
            "kind": _KIND,
            "schema_version": VERSION,
            "model_version": self.model_version,
            "contract_version": self.contract_version,
            "stage": self.stage,
            "thresholds": list(self.thresholds),
            "inputs": [[name, kind.value] for name, kind in self.inputs],
        }
        return json.dumps(told, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> Header:
        """The header of a first line. Raises ``ValueError`` when it is none of this version."""
        told = json.loads(line)
        if not isinstance(told, dict) or (told.get("kind"), told.get("schema_version")) != (_KIND, VERSION):
            raise ValueError("this is no segment of this version's prediction log")
        try:
            return cls(
                str(told["model_version"]),
                str(told["contract_version"]),
                str(told["stage"]),
                tuple(float(item) for item in told["thresholds"]),
                tuple((str(name), Kind(kind)) for name, kind in told["inputs"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError("the header lacks something") from error

    def table(self, lines: bytes) -> pa.Table:
        """Whole lines as a table of the log. Raises ``ValueError`` (Arrow's) when one of them is no answer."""
        own = pa.struct([pa.field(name, _TYPES[kind]) for name, kind in self.inputs])
        schema = pa.schema([*_LINE, pa.field("inputs", own)])
        options = arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
        reading = arrow_json.ReadOptions(use_threads=False, block_size=max(len(lines), 1 << 16))
        parsed = arrow_json.read_json(pa.BufferReader(lines), reading, options) if lines else schema.empty_table()
        return self._finished(parsed)

    def _finished(self, parsed: pa.Table) -> pa.Table:
        rows = parsed.num_rows
        columns = {field.name: parsed.column(field.name) for field in _LINE}
        columns["answered_at"] = columns["answered_at"].cast(_MOMENT)
        for name in ("model_version", "contract_version", "stage"):
            columns[name] = pa.repeat(pa.scalar(getattr(self, name)), rows)
        together = pa.list_(pa.float64())
        # of a list, Arrow repeats nothing zero times
        columns["thresholds"] = (
            pa.repeat(pa.scalar(list(self.thresholds), together), rows) if rows else pa.array([], together)
        )
        inputs = parsed.column("inputs").combine_chunks()
        for name, kind in self.inputs:
            values = pc.struct_field(inputs, name)
            columns[INPUT + name] = values.cast(pa.timestamp("us")) if kind is Kind.DATETIME else values
        return pa.table(columns)


def logged(columns: Sequence[ContractColumn], hidden: Sequence[str]) -> tuple[tuple[str, Kind], ...]:
    """The columns that are kept: all but ``hidden`` (identifiers), and text without a list of levels, which may say who somebody is."""
    return tuple(
        (column.name, column.kind) for column in columns if column.name not in hidden and column.kind in _TYPES
    )
