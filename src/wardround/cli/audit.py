"""``wardround audit``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.errors import ExitCode


@click.command("audit")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day, in UTC.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The last day, in UTC.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("audit.zip"),
    show_default=True,
    help="The zip file to write.",
)
@project_option
@json_option
def command(first: dt.datetime, last: dt.datetime, out: Path, directory: Path, *, as_json: bool) -> int:
    """Make the pack that an auditor asks for: what ran in a period, approved by whom, made from what, with the hash of every file.

    Opens with index.html. It has no data of patients and no measure of performance in it. The same repository gives the same bytes. Exits
    with 13, after it is written, when the ledger or a link is broken or a break-glass waits for its review.
    """
    from wardround.flows.audit.pack import AuditRequest, pack

    made = pack(AuditRequest(directory, first.date(), last.date(), out))
    if as_json:
        echo_json(
            {
                "out": str(made.out),
                "digest": made.digest,
                "files": made.files,
                "versions": list(made.versions),
                "sound": made.sound,
            }
        )
    else:
        click.echo(f"{made.out}: {made.files} files, {made.digest}")
        click.echo(f"  versions of the period: {', '.join(made.versions) or 'none'}")
        if not made.sound:
            click.echo(click.style("  something in it is red: open index.html", fg="red", bold=True))
    return int(ExitCode.PASS if made.sound else ExitCode.GOVERNANCE)
