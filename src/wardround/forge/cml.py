"""Creating a comment with CML, the program that teams know from their pull requests.

CML 0.20.6 (npm). It is told everything, because what it guesses is wrong here: under ``workflow_run`` it takes the
default branch's commit. ``--publish=false`` keeps images from being uploaded to a server of its makers, and
``--rm-watermark`` keeps out an image of theirs. It speaks https only. Finding and editing the comment is not its work: it
reads the first page of comments alone.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.proc import Command, run

#: Seconds for one comment; it takes one to three.
_TIMEOUT = 60.0


@dataclass(frozen=True)
class Target:
    """Where to post: the server (``https://github.com``), the repository, the pull request, and in whose name."""

    server: str
    repository: str
    number: int
    token: str = field(repr=False)


def installed(path: str | None = None) -> tuple[str, ...] | None:
    """The command that starts CML, or None. ``path`` is searched instead of ``PATH``.

    With Node 18 and later its comment commands end in "Failed to parse URL … magic-js.wasm", unless Node's own fetch is
    switched off; that switch belongs to Node, so a script is started through it.
    """
    program = shutil.which("cml", path=path)
    if program is None:
        return None
    real = Path(program).resolve()
    node = shutil.which("node", path=path)
    if real.suffix == ".js" and node is not None:
        return node, "--no-experimental-fetch", str(real)
    return (program,)


def arguments(target: Target, report: Path) -> tuple[str, ...]:
    """What CML is told. The token is not among it: arguments are seen by every user of the machine."""
    return (
        "comment",
        "create",
        "--publish=false",
        "--rm-watermark",
        "--target",
        f"issue/{target.number}",
        "--driver",
        "github",
        "--repo",
        f"{target.server.rstrip('/')}/{target.repository}",
        str(report),
    )


def post(program: tuple[str, ...], target: Target, body: str) -> bool:
    """Whether CML says that it posted the comment. What really is there, the caller must look.

    It runs in an empty directory with a HOME of its own, because it writes to git's global settings at each start. The
    certificates of NODE_EXTRA_CA_CERTS, where that is set, come with the environment.
    """
    with tempfile.TemporaryDirectory(prefix="wardround-cml-", ignore_cleanup_errors=True) as place:
        report = Path(place) / "report.md"
        report.write_text(body, encoding="utf-8")
        home = Path(place) / "home"
        home.mkdir()
        command = Command(
            (*program, *arguments(target, report)),
            cwd=Path(place),
            env={**_environment(target.token), "HOME": str(home), "XDG_CONFIG_HOME": str(home)},
            timeout=_TIMEOUT,
        )
        try:
            return run(command).ok
        except EnvironmentFailure:
            return False


def _environment(token: str) -> dict[str, str]:
    """The token under the names that CML looks for; its options on the command line win over settings from outside."""
    names = ("REPO_TOKEN", "GITHUB_TOKEN", *(("CML_TOKEN",) if "CML_TOKEN" in os.environ else ()))
    return {**dict.fromkeys(names, token), "GIT_CONFIG_NOSYSTEM": "1"}
