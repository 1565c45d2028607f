"""The cells of a Jupyter notebook, and above all what they printed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wardround.phi.parts import Part


def parts_of(text: str) -> Iterator[Part]:
    """Sources and outputs, each with the number of its cell; a notebook that is no JSON is scanned as text."""
    from wardround.phi.parts import Sure, Text

    try:
        cells = json.loads(text)["cells"]
        found = [(number, cell) for number, cell in enumerate(cells, 1) if isinstance(cell, dict)]
    except (ValueError, KeyError, TypeError, RecursionError):
        yield Text(text, prose=True)
        return
    for number, cell in found:
        yield Text(_joined(cell.get("source")), f"cell {number}", 0, prose=cell.get("cell_type") == "markdown")
        for output in cell.get("outputs") or ():
            if not isinstance(output, dict):
                continue
            said = [output.get("text"), *([output.get("traceback")] if output.get("traceback") else [])]
            data = output.get("data")
            for kind, value in (data if isinstance(data, dict) else {}).items():
                if kind in {"image/jpeg", "image/tiff"}:
                    yield Sure("photo", f"cell {number} output")
                elif not kind.startswith("image/"):
                    said.append(value if isinstance(value, str | list) else json.dumps(value))
            whole = "\n".join(_joined(item) for item in said if item)
            if whole:
                yield Text(whole, f"cell {number} output", 0, prose=True)


def _joined(value: Any) -> str:
    return "".join(str(item) for item in value) if isinstance(value, list) else str(value or "")
