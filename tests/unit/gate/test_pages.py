"""Every rule has a page that says what the code does: same params, same defaults, an example that the rule really prints."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from wardround.gate import judge
from wardround.gate.registry import RULES
from wardround.gate.rule import Rule
from wardround.gate.selftest import faults
from wardround.gate.specimen import against, comparison, having, healthy, params
from wardround.monitoring.registry import RULES as WATCHING
from wardround.project.judging import GateSection
from wardround.project.params import Params, from_mapping

HEADINGS = ("What", "Why", "Params", "Answers", "How to fix", "Example")
BY_ID = {rule.id: rule for rule in RULES}


@pytest.fixture(scope="module")
def pages(repository: Path) -> dict[str, str]:
    return {
        path.stem: path.read_text(encoding="utf-8")
        for path in sorted((repository / "docs" / "rules").glob("*.md"))
        if path.name != "README.md" and path.stem not in {rule.id for rule in WATCHING}
    }


def defaults() -> Params:
    return from_mapping({"project": {"name": "any"}, "data": {"source": "synthetic", "columns": {"outcome": "y"}}})


def default_of(key: str) -> str:
    value: Any = defaults()
    for part in key.split("."):
        value = getattr(value, part)
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def table(page: str) -> dict[str, str]:
    """The params table of a page: key -> default."""
    section = page.partition("## Params")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `([\w.]+)` \| `([^`]*)` \| .+ \|$", section, flags=re.MULTILINE))


def test_there_is_a_page_for_each_rule_and_a_rule_for_each_page(pages: dict[str, str]) -> None:
    assert set(pages) == set(BY_ID)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_page_has_its_title_its_sections_and_its_params(rule: Rule, pages: dict[str, str]) -> None:
    page = pages[rule.id]
    assert page.startswith(f"# {rule.id}\n\n> {rule.title}.\n")
    assert tuple(re.findall(r"^## (.+)$", page, flags=re.MULTILINE)) == HEADINGS
    assert tuple(table(page)) == rule.params
    assert table(page) == {key: default_of(key) for key in rule.params}


def leaves(section: type[BaseModel], prefix: str) -> list[str]:
    found = []
    for name, field in section.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += leaves(inner, f"{prefix}.{name}")
        else:
            found.append(f"{prefix}.{name}")
    return found


def test_every_param_of_the_gate_belongs_to_a_rule() -> None:
    used = {key for rule in RULES for key in rule.params}
    assert set(leaves(GateSection, "gate")) - {"gate.off"} <= used


def test_the_examples_are_what_the_rules_print(pages: dict[str, str]) -> None:
    requests = [fault.request for fault in faults()]
    requests.append(
        having(healthy(), comparison=comparison(against(auroc=(0.0, 0.012), size=(1500, 150)), against("anchor")))
    )
    changed = params(gate={"utility": {"alerts_per_day": 10}})
    requests.append(
        type(healthy())(
            **{**{name: getattr(healthy(), name) for name in healthy().__dataclass_fields__}, "head_params": changed}
        )
    )
    printed = {
        (finding.rule, f"{finding.verdict}: {finding.summary}")
        for request in requests
        for finding in judge(request).findings
    }
    for rule, page in pages.items():
        example = page.partition("## Example")[2].strip().removeprefix("> ")
        assert (rule, example) in printed


def test_the_index_lists_every_rule_once(repository: Path) -> None:
    index = (repository / "docs" / "rules" / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \[([\w.]+)\]\(\1\.md\) \|", index, flags=re.MULTILINE) == [rule.id for rule in RULES]
