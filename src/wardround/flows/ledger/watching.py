"""What the ledger is told of the monitor: an alert once, as long as it is the same one, and the proposal that answers it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.flows.ledger.desk import desk
from wardround.flows.ledger.registering import alerted, proposed
from wardround.revision.git import Git

if TYPE_CHECKING:
    from wardround.disclosure.watched import WatchView
    from wardround.forge.protocol import Forge

_TOKENS = ("WARDROUND_TOKEN", "GITHUB_TOKEN", "WARDROUND_APP_ID")
_BY = "wardround monitor"


def monitored(root: Path, watch: WatchView, env: Mapping[str, str]) -> None:
    """Records the alerts of a look, by rule and since when; nothing where there are none."""
    found = [item for item in watch.findings if item.severity == "alert"]
    if not found:
        return
    forge = None
    if env.get("GITHUB_REPOSITORY") and any(env.get(token) for token in _TOKENS):
        from wardround.forge import connect, from_environment

        forge = connect(from_environment(env))
    try:
        since = min((item.since for item in found if item.since), default="")
        rules = [item.rule for item in found]
        alerted(desk(Git(root), forge), watch.project, f"{watch.project}#{watch.stage}", _BY, rules, since=since)
    finally:
        if forge is not None:
            forge.close()


def answered(root: Path, project: str, pull: int, forge: Forge | None) -> None:
    """Records the pull request that answers an alert."""
    proposed(desk(Git(root), forge), project, pull, forge.author() if forge is not None else _BY)
