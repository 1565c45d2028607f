"""What is attested: an image that this run made, and no other. A release that finds nothing new tells which image the latest version has."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from wardround.sandbox.runner.expressions import truthy, value

ROOT = Path(__file__).resolve().parents[2]
IMAGE = {"version": "v1.0.0", "image": "registry.example/readmission", "digest": "sha256:" + "0" * 64}


@pytest.mark.parametrize(
    ("outputs", "attested"),
    [
        ({"status": "prepared", **IMAGE}, True),
        ({"status": "nothing-to-do", **IMAGE}, False),
        ({"status": "prepared", "version": "v1.0.0", "image": "", "digest": ""}, False),
        ({}, False),
    ],
    ids=["made", "there before", "without a name", "failed"],
)
def test_only_what_was_made_is_attested(outputs: dict[str, str], *, attested: bool) -> None:
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    steps: list[Any] = YAML(typ="safe", pure=True).load(text)["jobs"]["release"]["steps"]
    context = {"vars": {"WARDROUND_ATTEST": "true"}, "steps": {"release": {"outputs": outputs}}}
    asked = [step["if"] for step in steps if step.get("uses", "").startswith("actions/attest@")]
    assert [truthy(value("${{" + condition + "}}", context)) for condition in asked] == [attested, attested]
