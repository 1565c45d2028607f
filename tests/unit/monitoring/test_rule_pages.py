"""Every rule of the monitor has a page with its title, its params and their defaults, and every page of such a rule has a rule."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from wardround.monitoring.registry import RULES
from wardround.monitoring.rule import MonitorRule
from wardround.project.params import from_mapping

HEADINGS = ("What", "Why", "Params", "Answers", "How to fix", "Example")


def default_of(key: str) -> str:
    value: Any = from_mapping(
        {"project": {"name": "any"}, "data": {"source": "synthetic", "columns": {"outcome": "y"}}}
    )
    for part in key.split("."):
        value = getattr(value, part)
    return json.dumps(list(value) if isinstance(value, tuple) else value)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_page_has_its_title_its_sections_and_its_params(rule: MonitorRule, repository: Path) -> None:
    page = (repository / rule.page).read_text(encoding="utf-8")
    assert page.startswith(f"# {rule.id}\n\n> {rule.title}.\n")
    assert tuple(re.findall(r"^## (.+)$", page, flags=re.MULTILINE)) == HEADINGS
    section = page.partition("## Params")[2].partition("\n## ")[0]
    table = dict(re.findall(r"^\| `([\w.]+)` \| `([^`]*)` \| .+ \|$", section, flags=re.MULTILINE))
    assert table == {key: default_of(key) for key in rule.params}


def test_no_rule_is_there_twice() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
