"""``wardround demo``."""

from __future__ import annotations

from pathlib import Path

import click

from wardround.cli.options import echo_json, json_option
from wardround.errors import ExitCode, UsageError


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
    """Rehearse the review offline: a synthetic project, a branch that changes the model, both verdicts and the report.

    Exits with 0 only when the first version and the branch pass, as they are to.
    """
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
        echo_json(
            {
                "first": result.main.published.plain(),
                "published": result.branch.published.plain(),
                "html": str(result.branch.html),
                "broken": list(result.broken),
            }
        )
    else:
        click.echo(f"  report    {result.branch.html}\n  project   {result.directory}")
    for promise in result.broken:
        click.echo(f"error: {promise}, and did not", err=True)
    codes = [exit_code(review) for review in (result.main, result.branch)]
    return int(max(codes) or (ExitCode.GATE if result.broken else ExitCode.PASS))


def _say(line: str) -> None:
    from wardround.flows.demo import ANSWER

    if line.startswith("$ "):
        click.echo(click.style(line, bold=True))
    elif line.startswith(ANSWER):
        click.echo(line.removeprefix(ANSWER))
    elif line.strip() and not line.startswith(("> ", "Updating lock", "To track", "\tgit add", "Use `dvc push")):
        click.echo(f"    {line}")
