"""``wardround adopt``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from wardround.cli.options import echo_json, json_option


@click.command("adopt")
@click.argument("number", metavar="PR", type=click.IntRange(min=1))
@click.option("--sha", required=True, help="The full SHA of the commit that you have read.")
@click.option("--allow-workflows", is_flag=True, help="Also a change below .github/.")
@click.option("--remote", default="origin", show_default=True, help="The git remote that is the forge's repository.")
@click.option(
    "--clone",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path(),
    show_default="the current directory",
    help="A clone of the repository.",
)
@json_option
def command(number: int, sha: str, remote: str, clone: Path, *, allow_workflows: bool, as_json: bool) -> None:  # noqa: PLR0913 - a command's options are its arguments
    """Bring a fork's commit, which you have read, to the branch adopt/pr-PR, so that its review may read the data.

    Nothing of the fork runs here: the commit is fetched and pushed on. Needs GITHUB_REPOSITORY, WARDROUND_TOKEN (or GITHUB_TOKEN) and,
    on an Enterprise server, GITHUB_API_URL; git pushes with its own credentials.
    """
    from wardround.flows.adopt_fork import AdoptRequest, adopt
    from wardround.forge import connect, from_environment

    done = adopt(
        AdoptRequest(
            connect(from_environment(os.environ)), clone.resolve(), number, sha, remote, allow_workflows=allow_workflows
        )
    )
    if as_json:
        echo_json(
            {
                "branch": done.branch,
                "commit": sha,
                "pull": done.pull.number,
                "url": done.pull.url,
                "pushed": done.pushed,
            }
        )
        return
    click.echo(f"{done.branch}: {'pushed' if done.pushed else 'holds the commit already'}")
    click.echo(f"pull request {done.pull.number}: {done.pull.url}")
