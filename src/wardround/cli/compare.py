"""``wardround compare A B``."""

from __future__ import annotations

from pathlib import Path

import click

from wardround.cli.options import echo_json, json_option, project_option


@click.command("compare")
@click.argument("first")
@click.argument("second")
@project_option
@json_option
def command(first: str, second: str, directory: Path, *, as_json: bool) -> None:
    """Compare the models of two revisions on the second one's test encounters.

    Any revision with a dvc.lock will do: branches, tags, and the commits that `dvc exp` makes. It measures and does not judge.
    """
    from wardround.cli.progress import Progress
    from wardround.flows.compare_revisions import compare_revisions
    from wardround.project.layout import find

    with Progress(shown=not as_json) as progress:
        result = compare_revisions(find(directory), first, second, progress.line)
    if as_json:
        echo_json(result.published)
    else:
        for line in result.lines:
            click.echo(line)
