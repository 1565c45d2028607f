"""``wardround doctor``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.errors import ExitCode

_MARKS = {"ok": ("ok", "green"), "advice": ("advice", "yellow"), "missing": ("missing", "red")}


@click.command("doctor")
@project_option
@json_option
def command(directory: Path, *, as_json: bool) -> int:
    """Say what is missing on this machine and in this repository, with the command that fixes it. Changes nothing.

    Exits with 0 when a review can work, 3 when it cannot.
    """
    from wardround.flows.doctor import examine

    checks = examine(directory.resolve())
    if as_json:
        echo_json([asdict(check) for check in checks])
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            word, colour = _MARKS[check.state]
            click.echo(f"{click.style(f'{word:<8}', fg=colour)} {check.name:<{width}}  {check.found}")
            if check.fix and check.state != "ok":
                click.echo(f"{'':<8} {'':<{width}}  fix: {check.fix}")
    return int(ExitCode.COULD_NOT_CHECK if any(check.state == "missing" for check in checks) else ExitCode.PASS)
