"""``wardround program``: what a review asks of another revision's own program."""

from __future__ import annotations

from pathlib import Path

import click

from wardround.cli.options import project_option


@click.group("program", hidden=True)
def command() -> None:
    """Plumbing that a review calls in the exported tree of base or anchor."""


@command.command("score")
@click.option("--snapshot", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@project_option
def score(snapshot: Path, out: Path, directory: Path) -> None:
    """Write the probabilities of this revision's model for every encounter of a snapshot, in its order."""
    from wardround.stages.serving import score_snapshot

    score_snapshot(directory.resolve(), snapshot, out)
