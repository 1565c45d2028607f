"""``wardround monitor``."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wardround.cli.options import day_of, echo_json, json_option, project_option
from wardround.errors import ExitCode

if TYPE_CHECKING:
    from wardround.flows.monitor.request import MonitorResult


#: Characters of a step's summary; the forge takes a megabyte.
_LONGEST = 200_000


@click.command("monitor")
@project_option
@click.option(
    "--stage", default="", help="The stage whose answers are watched.  [default: monitor.stage of the params]"
)
@click.option(
    "--until",
    metavar="DAY",
    default="",
    help="Look as on that day (YYYY-MM-DD), with what was known then.  [default: today, UTC]",
)
@click.option("--no-history", is_flag=True, help="Record nothing on the branch wardround/history.")
@click.option("--no-alerts", is_flag=True, help="Send nothing, whatever is found.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@json_option
def command(  # noqa: PLR0913 - a command's options are its arguments
    directory: Path,
    stage: str,
    until: str,
    *,
    no_history: bool,
    no_alerts: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Look at what the served model did: data, outputs, performance, calibration, fairness, service and value, window by window.

    Reads the prediction log and the outcomes, and writes reports/monitor.json, reports/monitor/ and an entry of the history. Exits with 0
    when there is nothing, a note or a warning, 12 on an alert, and 3 when it could not look.
    """
    from wardround.cli.progress import Progress
    from wardround.flows.ledger.watching import monitored
    from wardround.flows.monitor.request import MonitorRequest
    from wardround.flows.monitor.run import monitor
    from wardround.project.layout import find

    project = find(directory)
    with Progress(shown=not quiet and not as_json) as progress:
        result = monitor(
            MonitorRequest(
                project=project,
                now=dt.datetime.now(dt.UTC),
                until=day_of(until),
                stage=stage,
                record=not no_history,
                alert=not no_alerts,
                env=dict(os.environ),
                progress=progress.line,
            )
        )
    _outputs(
        result
    )  # before the ledger, which may not answer: the workflow shows the report and answers an alert all the same
    if not no_history:
        monitored(project.root, result.watch, os.environ)
    if as_json:
        echo_json(plain(result))
    else:
        _show(result)
    return int(ExitCode.MONITORING if result.watch.severity == "alert" else ExitCode.PASS)


def plain(result: MonitorResult) -> dict[str, Any]:
    """The answer as JSON types: what may be shown of the look, without its signals, which are in ``reports/monitor.json``."""
    watch = result.watch.plain()
    watch.pop("signals")
    return {
        "severity": result.watch.severity or None,
        "watch": watch,
        "report": os.fspath(result.report),
        "entry": result.entry or None,
        "recorded": result.recorded,
        "sent": list(result.sent),
        "unsent": list(result.unsent),
        "owed": list(result.owed),
    }


def _show(result: MonitorResult) -> None:
    for line in result.summary:
        click.echo(line)
    click.echo()
    click.echo(f"report   {result.report}")
    if result.entry:
        click.echo(f"history  {result.entry}" + ("" if result.recorded else " (it was there already)"))
    for way in result.sent:
        click.echo(f"alert sent by {way}")
    for way in result.unsent:
        click.echo(f"note: the alert could not be sent by {way}; the next look sends it", err=True)


def _outputs(result: MonitorResult) -> None:
    """Outputs of a workflow's step, and the report on the page of its run."""
    for variable, text in (
        ("GITHUB_OUTPUT", f"severity={result.watch.severity or 'none'}\n"),
        ("GITHUB_STEP_SUMMARY", result.note[:_LONGEST]),
    ):
        if path := os.environ.get(variable, ""):
            with Path(path).open("a", encoding="utf-8") as stream:
                stream.write(text)
