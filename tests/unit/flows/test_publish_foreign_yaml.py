"""Params of a branch beside what its lock records: any YAML is an answer, never an error."""

import pytest

from wardround.flows.publish.foreign_yaml import differs, mapping


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("model: {settings: {b: 1, a: 2}}", False),
        ("model: {settings: {b: 1, a: 3}}", True),
        ("model: {settings: {1: 1, a: 2}}", True),
        ("model: {settings: 2001-01-01}", True),
        ("model: settings", True),
        ("", True),
    ],
)
def test_params_differ_from_what_is_recorded(text: str, *, expected: bool) -> None:
    assert differs(mapping(text.encode()), "model.settings", {"a": 2, "b": 1}) is expected
