"""Creating a comment with CML, the program that teams know from their pull requests.

CML 0.20 (npm). It is told everything, because what it guesses is wrong here: under ``workflow_run`` it takes the
default branch's commit. ``--publish=false`` keeps images from being uploaded to a server of its makers. It speaks https
only. It always adds its watermark, an image on a server of its makers: ``--rm-watermark`` is refused beside the default
of ``--watermark-title``. So the mark is put out of sight, and who calls edits the comment to what it should be. Finding
and editing the comment is not CML's work: it reads the first page of comments alone.
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
#: A comment in HTML that nothing closes: what CML adds behind it is not shown, nor its image fetched.
_UNSEEN = "\n\n<!--\n"
#: In what it takes for CI, CML first asks the forge who started the run, even where it is told not to count its use.
_NOT_CI = {"CI": "", "GITHUB_SERVER_URL": ""}


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
        "--target",
        f"issue/{target.number}",
        "--driver",
        "github",
        "--repo",
        f"{target.server.rstrip('/')}/{target.repository}",
        str(report),
    )


def post(program: tuple[str, ...], target: Target, body: str) -> bool:
    """Whether CML says that it posted the comment. What really is there, the caller must look: ``body`` and a watermark.

    It runs in an empty directory with a HOME of its own, because at each start it adds ``safe.directory = *`` to git's
    global settings. The certificates of NODE_EXTRA_CA_CERTS, where that is set, come with the environment.
    """
    with tempfile.TemporaryDirectory(prefix="wardround-cml-", ignore_cleanup_errors=True) as place:
        report = Path(place) / "report.md"
        report.write_text(body + _UNSEEN, encoding="utf-8")
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
    return {**_NOT_CI, **dict.fromkeys(names, token), "GIT_CONFIG_NOSYSTEM": "1"}
