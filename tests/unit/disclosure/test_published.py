"""Published values are made by the package alone."""

import ast
import dataclasses
import json
from pathlib import Path

import pytest

from wardround.disclosure import published
from wardround.disclosure.published import KEY, Count, Disclosed, Key, Published, Quantity, Why

CLASSES = [item for item in vars(published).values() if isinstance(item, type) and issubclass(item, Disclosed)]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_only_the_package_key_opens_a_constructor(kind):
    needed = [
        field
        for field in dataclasses.fields(kind)
        if field.init and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    values = {field.name: None for field in needed}
    with pytest.raises(TypeError, match="made by"):
        kind(key=Key(), **values)
    with pytest.raises(TypeError, match="key"):
        kind(**values)


def test_replacing_a_field_needs_the_key_too():
    with pytest.raises(ValueError, match="key"):
        dataclasses.replace(Count(KEY, 10), value=3)


def test_published_values_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Count(KEY, 10).value = 3


def test_nothing_else_in_the_source_builds_published_values(repository: Path):
    """No other module uses the key, or calls a constructor."""
    names = {kind.__name__ for kind in CLASSES} - {"Disclosed"}
    source = repository / "src" / "wardround"
    guilty = []
    for path in sorted(source.rglob("*.py")):
        if path.is_relative_to(source / "disclosure"):
            continue
        tree = ast.parse(path.read_text())
        imported = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("wardround.disclosure")
            for alias in node.names
        }
        if imported & {"KEY", "Key"}:
            guilty.append(f"{path.name} imports the key")
        guilty += [
            f"{path.name}:{node.lineno} builds {node.func.id}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names & imported
        ]
    assert not guilty


def test_plain_is_json():
    quantity = Quantity(KEY, None, withheld=Why.PRECISE)
    assert json.loads(json.dumps(quantity.plain()))["withheld"] == Why.PRECISE.value
    assert json.loads(json.dumps(Published(KEY, min_cell=11).plain()))["min_cell"] == 11


def test_numbers_as_text():
    assert str(Count(KEY, 1230)) == "1,230"
    assert str(Count(KEY, None, Why.SMALL)) == Why.SMALL
    assert str(Quantity(KEY, -0.0004, -0.1, 0.1)) == "0.00 (-0.10 to 0.10)"
    assert str(Quantity(KEY, 0.5)) == "0.50"
