"""Who builds and from which repository, for the provenance: the workflow on a forge, this machine otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wardround.proc import Command, run

#: What stands before an address's host and could be a secret.
_CREDENTIALS = re.compile(r"//[^/@]*@")


@dataclass(frozen=True)
class Origin:
    """``builder``: an address of the workflow and run, or ``local``. ``repository``: an address without credentials, or a name."""

    builder: str
    repository: str


def origin(root: Path, env: Mapping[str, str]) -> Origin:
    """What the environment and the repository say. A directory of this machine is not told."""
    server, repository = env.get("GITHUB_SERVER_URL", ""), env.get("GITHUB_REPOSITORY", "")
    if server and repository:
        workflow, number = env.get("GITHUB_WORKFLOW_REF", "").partition("@")[0], env.get("GITHUB_RUN_ID", "")
        builder = f"{server}/{workflow}" if workflow else f"{server}/{repository}/actions/runs/{number}"
        return Origin(builder, f"git+{server}/{repository}")
    found = run(Command(["git", "remote", "get-url", "origin"], cwd=root)).out.strip()
    if "://" in found and not found.startswith("file:"):
        return Origin("local", "git+" + _CREDENTIALS.sub("//", found))
    return Origin("local", "git+local")
