"""JSON Schema (2020-12) of shapes: the same limits, for whoever reads or checks the file with other tools."""

from __future__ import annotations

from typing import Any

from wardround.disclosure.shapes import Flag, Listed, Maybe, Named, Number, Record, Row, Shape, Text

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(shape: Shape, title: str, description: str) -> dict[str, Any]:
    """The schema of a file that holds one value of that shape; classes stand under ``$defs`` by their names."""
    definitions: dict[str, Any] = {}
    top = _of(shape, definitions)
    return {
        "$schema": DIALECT,
        "title": title,
        "description": description,
        **top,
        "$defs": dict(sorted(definitions.items())),
    }


def _of(shape: Shape, definitions: dict[str, Any]) -> dict[str, Any]:
    match shape:
        case Text():
            return _text(shape)
        case Number():
            kind = "integer" if shape.whole else "number"
            return {"type": kind, "minimum": shape.least, "maximum": shape.most}
        case Flag():
            return {"type": "boolean"}
        case Maybe():
            return {"anyOf": [_of(shape.shape, definitions), {"type": "null"}]}
        case Listed():
            return {"type": "array", "maxItems": shape.longest, "items": _of(shape.shape, definitions)}
        case Row():
            size = len(shape.shapes)
            items = [_of(part, definitions) for part in shape.shapes]
            return {"type": "array", "prefixItems": items, "minItems": size, "maxItems": size}
        case Named():
            names, item = _text(shape.name), _of(shape.shape, definitions)
            return {
                "type": "object",
                "maxProperties": shape.longest,
                "propertyNames": names,
                "additionalProperties": item,
            }
        case Record():
            return _record(shape, definitions)
    msg = f"no schema is known for {type(shape).__name__}"
    raise TypeError(msg)


def _text(shape: Text) -> dict[str, Any]:
    if shape.among:
        return {"type": "string", "enum": list(shape.among)}
    made: dict[str, Any] = {"type": "string", "maxLength": shape.longest}
    return made | ({"pattern": f"^(?:{shape.pattern})$"} if shape.pattern else {})


def _record(shape: Record, definitions: dict[str, Any]) -> dict[str, Any]:
    name = shape.kind.__name__
    if name not in definitions:
        definitions[name] = {}
        definitions[name] = {
            "type": "object",
            "additionalProperties": False,
            "required": list(shape.fields),
            "properties": {key: _of(part, definitions) for key, part in shape.fields.items()},
        }
    return {"$ref": f"#/$defs/{name}"}
