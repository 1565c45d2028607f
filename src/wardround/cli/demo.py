"""``wardround demo``."""

from __future__ import annotations

from pathlib import Path

import click

from wardround.cli.options import echo_json, json_option
from wardround.errors import UsageError


@click.command("demo")
@click.option(
    "--directory",
    "place",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="A scratch directory; one made by an earlier demonstration is emptied.",
)
@json_option
def command(place: Path, *, as_json: bool) -> int:
    """Rehearse the review offline: a synthetic project, a branch that changes the model, its verdict and report."""
    from wardround.cli.review import exit_code
    from wardround.flows.demo import demonstrate

    marker = place / ".wardround-demo"
    if place.exists() and any(place.iterdir()) and not marker.exists():
        raise UsageError(
            "the directory is not empty and was not made by an earlier demonstration",
            where=str(place),
            next="name another: wardround demo --directory DIR",
        )
    place.mkdir(parents=True, exist_ok=True)
    marker.touch()
    result = demonstrate(place.resolve() / "scratch", (lambda _line: None) if as_json else _say)
    if as_json:
        echo_json({"published": result.branch.published.plain(), "html": str(result.branch.html)})
    else:
        click.echo()
        for line in result.branch.summary:
            click.echo(line)
        click.echo(f"\n  report    {result.branch.html}\n  project   {result.directory}")
    return int(exit_code(result.branch))


def _say(line: str) -> None:
    if line.startswith("$ "):
        click.echo(click.style(line, bold=True))
    elif line.strip() and not line.startswith(("> ", "Updating lock", "To track", "\tgit add", "Use `dvc push")):
        click.echo(f"    {line}")
