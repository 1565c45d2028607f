"""Who asks the forge has a token: a checkout leaves none behind (``persist-credentials: false``), so that a private repository answers nobody
else, its tags and its ledger neither. The sandbox's workflows cannot show this: what they run in is public.
"""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
ASKING = ("release", "promote", "monitor", "retrain", "dashboard", "ci publish", "ci lock")


@pytest.mark.parametrize("command", ASKING)
def test_who_asks_the_forge_has_a_token(command: str) -> None:
    found = []
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml")):
        for job in YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))["jobs"].values():
            found += [step for step in job["steps"] if step.get("run", "").startswith(f"wardround {command} ")]
    assert found
    assert all("github.token" in step["env"].get("GITHUB_TOKEN", "") for step in found), [
        step["name"] for step in found
    ]
