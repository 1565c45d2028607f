"""``pipelines/contract.py`` from a plan."""

from __future__ import annotations

from wardround.scaffold.decision import Column, Plan, Use
from wardround.scaffold.python_text import Items, Pair, identifiers, layout, number, text, texts
from wardround.tables import Numeral

_TYPES = {
    "integer": "pd.Int64Dtype",
    "float": "float",
    "boolean": "pd.BooleanDtype",
    "category": "str",
    "text": "str",
    "datetime": "pd.Timestamp",
}
#: Longer lists of levels stand above the class, several on a line.
_INLINE = 8

#: What a pandera model and Python's classes already have; a column so called gets another field and an alias.
_TAKEN = frozenset(
    {
        "Config", "build_schema_", "empty", "example", "from_json", "from_yaml", "get_metadata", "mro", "pydantic_validate", "strategy",
        "to_dict", "to_json", "to_json_schema", "to_schema", "to_structure", "to_yaml", "validate", "register", "pa", "pd", "Series",
        "float", "str", "bool", "int",
    }
)  # fmt: skip

_HEAD = '''"""The contract of {title}: what the incoming table must look like, or the review refuses it.

Types, limits, levels and codes for missing values were found by `wardround init` in {rows} rows; read them
with someone who knows how the data arise. Limits are rounded outwards, so they are no patient's
value, and levels of fewer than {min_cell} rows are not listed, because this file is public to all who read the code.
"""

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series
'''


def contract_text(title: str, plan: Plan, min_cell: int) -> str:
    """The file's text."""
    declared = [column for column in plan.columns if column.declared]
    fields = identifiers((column.name for column in declared), _TAKEN)
    lines = _HEAD.format(title=title, rows=_rounded(plan.rows), min_cell=min_cell).splitlines()
    constants = {}
    for column in declared:
        if column.kind == "category" and len(column.levels) > _INLINE:
            name = constants[column.name] = fields[column.name].upper().strip("_") + "_LEVELS"
            lines += ["", "# fmt: off", *_filled(name, column.levels), "# fmt: on"]
    lines += ["", "", "class Encounters(pa.DataFrameModel):", '    """One row is one encounter."""', ""]
    for column in declared:
        lines += _field(column, fields[column.name], constants.get(column.name))
    dropped = plan.of(Use.DROPPED)
    lines += ["", "    class Config:"]
    if dropped:
        lines += ['        """Columns that are not named above are dropped at ingest. Dropped now, and why:', ""]
        lines += [f"        {_comment(column.name)}: {_comment('; '.join(column.why))}." for column in dropped]
        lines += ['        """', ""]
    else:
        lines += ['        """Columns that are not named above are dropped at ingest."""', ""]
    lines += ['        strict = "filter"']
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _field(column: Column, field: str, constant: str | None) -> list[str]:
    arguments: list[str | Pair] = []
    if field != column.name:
        arguments.append(Pair("alias=", text(column.name)))
    if column.low is not None and column.high is not None and column.kind in ("integer", "float"):
        arguments += [Pair("ge=", number(column.low)), Pair("le=", number(column.high))]
    if column.kind == "category" and column.levels:
        arguments.append(Pair("isin=", constant or texts(column.levels)))
    if column.nullable:
        arguments.append(Pair("nullable=", "True"))
    if column.unique and column.use is Use.ENCOUNTER:
        arguments.append(Pair("unique=", "True"))
    metadata = _metadata(column)
    if metadata:
        arguments.append(Pair("metadata=", Items("{", metadata, "}")))
    return layout(f"{field}: Series[{_TYPES[column.kind]}] = ", Items("pa.Field(", tuple(arguments), ")"), 4)


def _metadata(column: Column) -> tuple[Pair, ...]:
    numeral = column.numeral or Numeral()
    known = (
        ("description", text(column.description) if column.description else ""),
        ("unit", text(column.unit) if column.unit else ""),
        ("missing", texts(column.missing) if column.missing else ""),
        ("decimal", text(numeral.decimal) if numeral.decimal != "." else ""),
        ("thousands", text(numeral.thousands) if numeral.thousands else ""),
        ("sign", text(numeral.sign) if numeral.sign else ""),
        ("known_at", text(column.known_at) if column.known_at != "admission" else ""),
    )
    return tuple(Pair(f"{text(name)}: ", value) for name, value in known if value)


def _filled(name: str, levels: tuple[str, ...]) -> list[str]:
    """A long list with as many items on a line as fit."""
    lines, line = [f"{name} = ["], "   "
    for level in levels:
        item = f" {text(level)},"
        if len(line) + len(item) > 88 and line.strip():
            lines.append(line)
            line = "   "
        line += item
    return [*lines, line, "]"]


def _comment(words: str) -> str:
    """Words that are safe inside a docstring."""
    plain = "".join(character if character.isprintable() else " " for character in words)
    return plain.replace("\\", "/").replace('"', "'")


def _rounded(count: int) -> str:
    """A count to two digits: how large, and no more."""
    digits = max(0, len(str(count)) - 2)
    return f"about {round(count, -digits):,}" if digits else f"{count}"
