"""``wardround serve``."""

from __future__ import annotations

from pathlib import Path

import click

from wardround.cli.options import project_option
from wardround.errors import UsageError


@click.command("serve")
@project_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=3000, show_default=True, help="The port; 0 takes a free one."
)
@click.option("--stage", default="", help="Answer with the version that this stage holds, as its tag names it.")
@click.option("--version", default="", help="Answer with this released version.")
@click.option("--no-log", is_flag=True, help="Answer without a prediction log: for trying it out, never for patients.")
def command(  # noqa: PLR0913 - a command's options are its arguments
    directory: Path, host: str, port: int, stage: str, version: str, *, no_log: bool
) -> None:
    """Answer with the project's model over HTTP, as its released service would.

    Without --stage and --version it is the model in the work tree, for trying it out. With one of them the release's files are fetched from
    the storage and compared with the tag, and run in this environment. An image runs the same application in BentoML. The prediction log goes where the environment
    says (WARDROUND_PREDICTIONS, WARDROUND_WAL, WARDROUND_LOG_KEY_FILE), or below .wardround/ of the project. Ctrl-C ends it in order.
    """
    from wardround.flows.serve import ServeRequest, serve
    from wardround.project.layout import find

    if stage and version:
        raise UsageError("--stage and --version exclude each other", where="wardround serve")

    def listening(address: str) -> None:
        click.echo(f"{address}/predict answers; {address}/openapi.json describes it; Ctrl-C ends it", err=True)

    request = ServeRequest(
        find(directory), host, port, log=not no_log, listening=listening, stage=stage, version=version
    )
    serve(request)
