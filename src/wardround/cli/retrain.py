"""``wardround retrain``."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wardround.cli.options import day_of, echo_json, json_option, project_option
from wardround.errors import ExitCode

if TYPE_CHECKING:
    from wardround.flows.retrain.request import RetrainResult


@click.command("retrain")
@project_option
@click.option(
    "--evidence",
    "look",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="What the monitor saw.  [default: reports/monitor.json]",
)
@click.option(
    "--until",
    default="",
    help="Answer the look as on this day (`wardround monitor --until`), as 2026-03-01.  [default: today's]",
)
@click.option(
    "--data",
    "data_only",
    is_flag=True,
    help="Only move the data window to what has matured: the pull request shows what changed in the data.",
)
@click.option("--local", is_flag=True, help="Without a forge: work everything out, show the argument, propose nothing.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@json_option
def command(  # noqa: PLR0913 - a command's options are its arguments
    directory: Path, look: Path | None, until: str, *, data_only: bool, local: bool, quiet: bool, as_json: bool
) -> int:
    """Answer an alarm of the monitor: one pull request with the cheapest fix that suffices, or an issue for those who supply the data.

    Tries a new threshold, an intercept, slope and intercept, and a refit, each fitted on one half of the recent subjects and judged on the
    other. A second run brings the same pull request up to date; the same data change nothing. A proposal that somebody closed is not opened
    again, and the label retrain:hold on any open issue or pull request stops new ones. A look of another day than today is refused, unless --until names it. Needs what `wardround promote` needs.
    """
    from wardround.cli.progress import Progress
    from wardround.cli.promote import connected
    from wardround.evidence.base import read
    from wardround.evidence.monitor import MonitorEvidence
    from wardround.flows.ledger.watching import answered
    from wardround.flows.retrain.current import check_day
    from wardround.flows.retrain.newdata import new_data
    from wardround.flows.retrain.request import RetrainRequest
    from wardround.flows.retrain.run import retrain
    from wardround.forge.connect import ACTIONS
    from wardround.project.layout import find

    project = find(directory)
    path = look or project.layout.evidence("monitor")
    found = read(MonitorEvidence, path)
    if found.value is None:
        raise _unread(path, found.reason)
    day = day_of(until)
    check_day(found.value, project.params, dt.datetime.now(dt.UTC).date(), day)
    forge = None if local else connected()
    try:
        with Progress(shown=not quiet and not as_json) as progress:
            request = RetrainRequest(
                project,
                found.value,
                forge,
                by_job=forge is not None and forge.author() == ACTIONS,
                until=day,
                progress=progress.line,
            )
            result = new_data(request) if data_only else retrain(request)
        if result.proposed is not None and result.proposed.pull is not None:
            answered(project.root, project.params.project.name, result.proposed.pull, forge)
    finally:
        if forge is not None:
            forge.close()
    _outputs(result)
    if as_json:
        echo_json(plain(result))
    else:
        _tell(result)
    return int(ExitCode.PASS)


def _unread(path: Path, reason: str) -> Exception:
    from wardround.errors import EnvironmentFailure

    return EnvironmentFailure(
        "what the monitor saw cannot be read", where=os.fspath(path), found=reason, next="run `wardround monitor` first"
    )


def plain(result: RetrainResult) -> dict[str, Any]:
    """The answer as JSON types: what may be shown of it."""
    proposed, issue = result.proposed, result.issue
    return {
        "nothing": result.nothing,
        "chosen": result.tried.chosen if result.tried else "",
        "pull": proposed.pull if proposed else None,
        "url": proposed.url if proposed else "",
        "branch": proposed.branch if proposed else "",
        "commit": proposed.commit if proposed else "",
        "issue": issue.number if issue else None,
        "issue_url": issue.url if issue else "",
        "tried": result.tried.plain() if result.tried else None,
    }


def _tell(result: RetrainResult) -> None:
    from wardround.report.escape import in_terminal

    if result.issue is not None:
        click.echo(in_terminal(f"issue {result.issue.number}: {result.issue.title}"))
        click.echo(f"  {result.issue.url}")
    if result.tried is not None:
        for item in result.tried.attempts:
            name = item.fix or "as it is"
            said = f"not tried: {item.unable}" if item.unable else f"O/E {item.oe}, AUROC {item.auroc}"
            meets = (
                "" if item.unable else "  meets every limit" if item.suffices else f"  misses {', '.join(item.missed)}"
            )
            click.echo(in_terminal(f"  {name:<10} {said}{meets}"))
    for note in result.notes:
        click.echo(note)
    if result.proposed is not None and not result.nothing:
        click.echo(in_terminal(f"pull request {result.proposed.pull}: {result.proposed.url}"))
    if result.nothing:
        click.echo(in_terminal(f"nothing to propose: {result.nothing}"))


def _outputs(result: RetrainResult) -> None:
    """Outputs of a workflow's step."""
    path = os.environ.get("GITHUB_OUTPUT", "")
    if path:
        with Path(path).open("a", encoding="utf-8") as stream:
            stream.write(f"pull={result.proposed.pull if result.proposed else ''}\n")
            stream.write(f"issue={result.issue.number if result.issue else ''}\n")
