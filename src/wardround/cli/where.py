"""``wardround where``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.cli.registry import assignment, behind, when
from wardround.errors import ExitCode

if TYPE_CHECKING:
    from wardround.flows.registry import Ran


#: So many tags that do not count are shown.
_MOST = 10


@click.command("where")
@click.argument("name")
@click.argument("stage")
@click.option(
    "--at",
    metavar="DAY|MOMENT",
    help="2026-03-01 (the end of that day in UTC) or 2026-03-01T14:00+01:00 (without a zone: UTC).  [default: now]",
)
@project_option
@json_option
def command(name: str, stage: str, at: str | None, directory: Path, *, as_json: bool) -> int:
    """Say which version of the project NAME was in STAGE on a day, and who put it there.

    The answer says which moment it is about, and what else ran on that day. Nothing in the stage is an answer too: exit 0, and "ran": null
    in JSON. A stage that neither params.yaml nor a tag names is wrong use: exit 2.
    """
    from wardround.flows.registry import moment_of, where

    answer = where(directory, name, moment_of(stage, at))
    if as_json:
        moment = answer.question.moment
        echo_json(
            {
                "project": name,
                "stage": stage,
                "moment": moment.isoformat().replace("+00:00", "Z") if moment else None,
                "ran": assignment(answer.standing) if answer.standing else None,
                "earlier": [assignment(item) for item in answer.earlier],
            }
        )
    else:
        _show(answer)
    return int(ExitCode.PASS)


def _show(answer: Ran) -> None:
    from wardround.report.escape import in_terminal

    shown, question, standing = answer.shown, answer.question, answer.standing
    stage = in_terminal(question.stage)
    was = "was" if question.moment else "is"
    if standing is None:
        click.echo(f"nothing of {shown.name} {was} in {stage} {question.words}")
        if question.stage not in shown.state.stages:
            known = ", ".join(shown.state.stages) or "none"
            click.echo(f"  no version was ever in a stage of this name; stages with a history: {known}")
    else:
        item = standing.assignment
        click.echo(f"{shown.name} {item.version} {was} in {stage} {question.words}")
        click.echo(f"  tag     {item.tag.name}, {when(item.tag.moment)}, by {in_terminal(item.tag.tagger)}")
        click.echo(f"  change  {behind(standing)}, commit {item.record.commit[:12]}")
        click.echo(f"  model   commit {item.commit}")
        click.echo(f"  image   {item.record.image or 'none: the Bento is served directly'}")
        click.echo(f"  bento   {item.record.bento}")
        if item.record.reason:
            click.echo(f"  reason  {in_terminal(item.record.reason)}")
    for other in answer.earlier:
        item = other.assignment
        click.echo(f"  earlier on that day: {item.version} ({item.tag.name}, {behind(other)})")
    aside = [problem for problem in shown.state.problems if problem.tag.name.startswith(f"{shown.name}#")]
    if aside:
        click.echo("  these tags of stages do not count:")
    for problem in aside[:_MOST]:
        click.echo(f"    {in_terminal(problem.tag.name)}: {in_terminal(problem.what)}")
    if len(aside) > _MOST:
        click.echo(f"    and {len(aside) - _MOST} more: wardround registry {shown.name}")
