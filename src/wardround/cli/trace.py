"""``wardround trace``."""

from __future__ import annotations

from pathlib import Path

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.errors import ExitCode


@click.command("trace")
@click.argument("what")
@click.option("--at", metavar="DAY|MOMENT", help="Of a stage: when; of an answer: the day that it was given.")
@click.option("--log", metavar="URL", help="Where the prediction log is.  [default: params, monitor.predictions]")
@click.option(
    "--wal",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Segments of the log that are not Parquet yet.",
)
@click.option(
    "--as",
    "form",
    type=click.Choice(["text", "json", "openlineage", "prov", "svg"]),
    default="text",
    show_default=True,
    help="What to write.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it there instead of standard output."
)
@project_option
@json_option
def command(  # noqa: PLR0913, PLR0917 - a command's options are its arguments
    what: str,
    at: str | None,
    log: str | None,
    wal: Path | None,
    form: str,
    out: Path | None,
    directory: Path,
    *,
    as_json: bool,
) -> int:
    """Say where WHAT came from and what came of it, and which of the links hold.

    WHAT is the id of an answer, a version (NAME@v1.2.0 or v1.2.0), a stage (prod, with --at), a snapshot's digest, a commit, or pull/12.
    Every link is verified by a hash or a signature, or said not to be. Asks nobody: only this clone, DVC's cache and remotes that are
    directories. Exits with 13 when a link is broken.
    """
    from wardround.flows.trace.run import TraceRequest, trace
    from wardround.ledger.lineage import Proof
    from wardround.report.lineage.forms import rendered
    from wardround.report.lineage.text import plain

    found = trace(TraceRequest(directory, what, at, log, wal))
    if as_json or form == "json":
        form = "json"
    if out is None and form == "json":
        echo_json(plain(found))
    elif out is None:
        click.echo(rendered(found, form), nl=False)
    else:
        from wardround.files import write_text

        write_text(out, rendered(found, form))
        click.echo(f"{out}: {len(found.nodes)} things, {len(found.links)} links")
    return int(ExitCode.GOVERNANCE if found.of(Proof.BROKEN) else ExitCode.PASS)
