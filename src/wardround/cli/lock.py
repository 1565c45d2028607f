"""``wardround lock``."""

from __future__ import annotations

from pathlib import Path

import click

from wardround.cli.options import echo_json, json_option, project_option


@click.group("lock")
def command() -> None:
    """What dvc.lock needs when branches meet."""


@command.command("resolve")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@project_option
@json_option
def resolve(directory: Path, *, quiet: bool, as_json: bool) -> None:
    """Settle a merge conflict in dvc.lock: take the base's, run what the merge changed, and stage the result.

    Then conclude the merge (git commit) or the rebase (git rebase --continue), and push the data (dvc push).
    """
    from wardround.cli.progress import Progress
    from wardround.flows.resolve_lock import resolve_lock
    from wardround.project.layout import find

    project = find(directory)
    with Progress(shown=not quiet and not as_json) as progress:
        done = resolve_lock(project, progress.line)
    made = done.reproduced
    if as_json:
        echo_json({"taken": done.side, "ran": made.ran, "restored": made.restored, "conflicts": done.others})
        return
    click.echo(
        f"dvc.lock: taken from {done.side}; ran again: {', '.join((*made.ran, *made.restored)) or 'nothing'}; staged"
    )
    if done.others:
        click.echo(f"still in conflict: {', '.join(done.others[:5])}")
    click.echo("next: git commit (or git rebase --continue), then dvc push")
