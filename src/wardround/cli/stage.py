"""``wardround stage NAME``."""

from __future__ import annotations

from pathlib import Path

import click

from wardround.cli.options import echo_json, json_option, project_option


@click.command("stage")
@click.argument("name")
@project_option
@json_option
def command(name: str, directory: Path, *, as_json: bool) -> None:
    """Run the stage NAME: ingest, validate, features, split, tune, train or evaluate.

    DVC calls this. A stage that could do its work writes its verdict into its evidence and exits 0; the review judges. With --json it prints the
    verdict, where the stage gives one. Its numbers stay in reports/: a log is read by more people than the data.
    """
    from wardround.flows.stage import run_stage
    from wardround.project.layout import find

    evidence = run_stage(find(directory), name)
    if as_json:
        echo_json({"stage": name, "verdict": getattr(evidence, "verdict", None)})
