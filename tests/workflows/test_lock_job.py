"""When the lock is committed: the two steps that publish say ``true`` or ``false``, and to the forge ``'false'`` is a text like any other.

So ``a || b`` gave the light step's ``false`` whenever that step had written it, which is always, and no lock was ever committed.
"""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from wardround.sandbox.runner.expressions import fill, truthy, value

ROOT = Path(__file__).resolve().parents[2]
DONE, MORE = {"done": "true", "lock": "false"}, {"done": "false", "lock": "false"}


@pytest.fixture(scope="module")
def publish() -> Any:
    return YAML(typ="safe", pure=True).load((ROOT / ".github/workflows/publish.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("light", "full", "starts"),
    [
        (MORE, {"done": "true", "lock": "true"}, True),
        (MORE, {"done": "true", "lock": "false"}, False),
        (DONE, {}, False),
        (MORE, {}, False),
    ],
    ids=["a lock waits", "none waits", "no model is touched", "the full step did not end"],
)
def test_the_lock_is_committed_when_one_waits(
    publish: Any, light: dict[str, str], full: dict[str, str], *, starts: bool
) -> None:
    steps = {"light": {"outputs": light}, "full": {"outputs": full}}
    said = fill(publish["jobs"]["publish"]["outputs"]["lock"], {"steps": steps})
    needs = {"publish": {"outputs": {"lock": said}}}
    assert truthy(value("${{" + publish["jobs"]["lock"]["if"] + "}}", {"needs": needs})) is starts
