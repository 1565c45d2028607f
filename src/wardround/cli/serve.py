"""``wardround serve``."""

from __future__ import annotations

from pathlib import Path

import click

from wardround.cli.options import project_option


@click.command("serve")
@project_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=3000, show_default=True, help="The port; 0 takes a free one."
)
@click.option("--no-log", is_flag=True, help="Answer without a prediction log: for trying it out, never for patients.")
def command(directory: Path, host: str, port: int, *, no_log: bool) -> None:
    """Answer with the project's model over HTTP, as its released service would.

    For trying it out: a release runs the same application in BentoML, from the image. The prediction log goes where the environment
    says (WARDROUND_PREDICTIONS, WARDROUND_WAL, WARDROUND_LOG_KEY_FILE), or below .wardround/ of the project. Ctrl-C ends it in order.
    """
    from wardround.flows.serve import ServeRequest, serve
    from wardround.project.layout import find

    def listening(address: str) -> None:
        click.echo(f"{address}/predict answers; {address}/openapi.json describes it; Ctrl-C ends it", err=True)

    serve(ServeRequest(find(directory), host, port, log=not no_log, listening=listening))
