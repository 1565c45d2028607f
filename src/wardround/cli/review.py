"""``wardround review``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.errors import ExitCode

if TYPE_CHECKING:
    from wardround.flows.review.request import ReviewResult


@click.command("review")
@click.option("--base", help="The revision that the change goes into.  [default: review.base in params.yaml]")
@click.option("--anchor", help="The first version ever approved.  [default: review.anchor in params.yaml]")
@click.option(
    "--pull/--no-pull", default=None, help="Fetch what is missing here from the remote.  [default: if one is set]"
)
@click.option("--quiet", is_flag=True, help="Show no progress.")
@project_option
@json_option
def command(  # noqa: PLR0913 - a command's options are its arguments
    base: str | None, anchor: str | None, directory: Path, *, pull: bool | None, quiet: bool, as_json: bool
) -> int:
    """Reproduce what changed, compare it with base and anchor on the same patients, judge it, and write the report.

    Exits with 0 when the change passes, 10 when the data violate the contract, 11 when a rule refuses or cannot tell, and 3 when
    the check could not be made.
    """
    from wardround.cli.progress import Progress
    from wardround.flows.review.request import ReviewRequest
    from wardround.flows.review.run import review
    from wardround.project.layout import find

    project = find(directory)
    with Progress(shown=not quiet and not as_json) as progress:
        result = review(ReviewRequest(project, base, anchor, pull, progress.line))
    if as_json:
        echo_json(
            {
                "published": result.published.plain(),
                "html": str(result.html),
                "markdown": str(result.markdown),
                "looks": asdict(result.looks) if result.looks else None,
            }
        )
    else:
        _show(result)
    return int(exit_code(result))


def exit_code(result: ReviewResult) -> ExitCode:
    """What the verdict means to the shell."""
    if not result.decision.verdict.blocks:
        return ExitCode.PASS
    if any(finding.verdict == "refuse" for finding in result.decision.of("data.contract")):
        return ExitCode.CONTRACT
    return ExitCode.GATE


def _show(result: ReviewResult) -> None:
    for line in result.summary:
        click.echo(line)
    click.echo()
    click.echo(f"  report    {result.html}")
    click.echo(f"  evidence  {result.html.parent}")
