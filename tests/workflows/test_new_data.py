"""The schedule moves the data window where the repository asks for it, after a look of today that raised no alert."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from wardround.project.forge_section import ForgeSection
from wardround.sandbox.runner.expressions import evaluate, truthy
from wardround.scaffold.forge_text import forge_files

ROOT = Path(__file__).resolve().parents[2]
NAME = ".github/workflows/monitor.yml"
OWN = (ROOT / NAME).read_text(encoding="utf-8")
WRITTEN = forge_files("sepsis", ForgeSection())[NAME]


def _steps(text: str) -> dict[str, dict[str, Any]]:
    job = YAML(typ="safe", pure=True).load(text)["jobs"]["monitor"]
    return {step["name"]: step for step in job["steps"]}


@pytest.mark.parametrize("text", [OWN, WRITTEN], ids=["own", "init"])
def test_it_comes_after_the_look_and_only_when_that_passed(text: str) -> None:
    steps = _steps(text)
    names = list(steps)
    step = steps["Bring new data"]
    assert names.index("Look, report, record, alert") < names.index("Bring new data")
    assert step["run"] == 'wardround retrain --data --project "$PROJECT"'
    # no status function: a step that failed, as a look with an alert does, leaves this one out
    assert not any(word in step["if"] for word in ("cancelled()", "always()", "failure()"))
    assert step["env"].items() <= steps["Answer an alert"]["env"].items()


@pytest.mark.parametrize(
    ("variables", "inputs", "runs"),
    [
        ({}, {}, False),
        ({"WARDROUND_NEW_DATA": "yes"}, {}, False),
        ({"WARDROUND_NEW_DATA": "true"}, {}, True),
        ({"WARDROUND_NEW_DATA": "true"}, {"until": ""}, True),
        ({"WARDROUND_NEW_DATA": "true"}, {"until": "2026-03-01"}, False),
    ],
)
def test_it_is_off_unless_asked_for(variables: dict[str, str], inputs: dict[str, str], *, runs: bool) -> None:
    condition = _steps(OWN)["Bring new data"]["if"]
    assert truthy(evaluate(condition, {"vars": variables, "inputs": inputs})) is runs


def test_a_look_as_on_another_day_is_answered_by_its_name() -> None:
    """`retrain` refuses a look that is not of today, unless the day is named."""
    look, answer = (_steps(OWN)[name] for name in ("Look, report, record, alert", "Answer an alert"))
    assert look["env"]["UNTIL"] == answer["env"]["UNTIL"] == "${{ inputs.until }}"
    assert '--until "$UNTIL"' in look["run"]
    assert '--until "$UNTIL"' in answer["run"]
