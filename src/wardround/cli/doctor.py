"""``wardround doctor``."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.errors import ExitCode

if TYPE_CHECKING:
    from wardround.flows.doctor import Check

_MARKS = {
    "ok": ("ok", "green"),
    "advice": ("advice", "yellow"),
    "missing": ("missing", "red"),
    "unseen": ("unseen", "red"),
}
_BAD = {"missing", "unseen"}


@click.command("doctor")
@project_option
@click.option("--forge", "on_forge", is_flag=True, help="Look at the repository on the forge instead.")
@json_option
def command(directory: Path, *, on_forge: bool, as_json: bool) -> int:
    """Say what is missing on this machine and in this repository, with the command that fixes it. Changes nothing.

    With --forge: which rulesets, workflows and owners the repository on the forge has. Needs GITHUB_REPOSITORY, a token in GITHUB_TOKEN or
    WARDROUND_TOKEN (an administrator's sees most), on an Enterprise server GITHUB_API_URL, and WARDROUND_APP_ID where the team has an App.

    Exits with 0 when a review can work, 3 when it cannot or when something could not be looked at.
    """
    checks = _on_forge(directory.resolve()) if on_forge else _here(directory.resolve())
    if as_json:
        echo_json([asdict(check) for check in checks])
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            word, colour = _MARKS[check.state]
            click.echo(f"{click.style(f'{word:<8}', fg=colour)} {check.name:<{width}}  {check.found}")
            if check.fix and check.state != "ok":
                click.echo(f"{'':<8} {'':<{width}}  fix: {check.fix}")
    return int(ExitCode.COULD_NOT_CHECK if any(check.state in _BAD for check in checks) else ExitCode.PASS)


def _here(directory: Path) -> tuple[Check, ...]:
    from wardround.flows.doctor import examine

    return examine(directory)


def _on_forge(directory: Path) -> tuple[Check, ...]:
    from datetime import UTC, datetime

    from wardround.flows.doctor_forge.examine import examine_forge
    from wardround.flows.doctor_forge.question import ForgeRequest, server_of
    from wardround.forge import connect, from_environment
    from wardround.revision.git import Git

    given = dict(os.environ)
    app = given.get("WARDROUND_APP_ID", "")
    if not given.get("WARDROUND_APP_KEY_FILE"):
        given.pop("WARDROUND_APP_ID", None)  # the id alone says whose status counts; a person's token asks
    credentials = from_environment(given)
    forge = connect(credentials)
    server = given.get("GITHUB_SERVER_URL") or server_of(credentials.api_url)
    try:
        return examine_forge(ForgeRequest(forge, Git(directory).root, datetime.now(UTC), app, server.rstrip("/")))
    finally:
        forge.close()
