"""``wardround demo``."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wardround.cli.options import echo_json, json_option
from wardround.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from wardround.sandbox.demo.images import Images
    from wardround.sandbox.demo.run import Demo


@click.command("demo")
@click.option(
    "--directory",
    "place",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="A scratch directory; one made by an earlier demonstration is emptied.",
)
@click.option(
    "--exit", "at_once", is_flag=True, help="End when all is done, instead of serving the pages until Ctrl-C."
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port of the pages.  [default: any]")
@click.option(
    "--review-only", is_flag=True, help="End with the pull requests: nothing is released, promoted or rolled back."
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "docker", "podman", "buildah", "none"]),
    default="auto",
    show_default=True,
    help="What builds the image; auto: none where wheels or a base image are missing, and the release says so.",
)
@click.option("--local", is_flag=True, help="Only the review in one work tree: no forge, no workflows.")
@json_option
def command(  # noqa: PLR0913 - a command's options are its arguments
    place: Path, *, at_once: bool, port: int, review_only: bool, engine: str, local: bool, as_json: bool
) -> int:
    """Rehearse the whole loop on this machine, offline: a project, a forge, three pull requests, and the way to the bedside.

    A good change passes. One that leaks the future is refused. A fork that forges its evidence, a comment and a status gets none of them
    through. The good one is merged and becomes a version; it goes into prod, answers, and is rolled back. Sixty days later the scheduled look
    alerts, and proposes a fix. Exits with 0 only when all of
    that comes out so.
    """
    scratch = _scratch(place)
    say = _quiet if as_json else _say
    if local:
        return _local(scratch, say, as_json=as_json)
    return _whole(scratch, say, _How(at_once, port, review_only, engine), as_json=as_json)


@dataclass(frozen=True)
class _How:
    at_once: bool
    port: int
    review_only: bool
    engine: str


def _scratch(place: Path) -> Path:
    """The emptied directory; one that somebody else made is left alone."""
    marker = place / ".wardround-demo"
    if place.exists() and any(place.iterdir()) and not marker.exists():
        raise UsageError(
            "the directory is not empty and was not made by an earlier demonstration",
            where=str(place),
            next="name another: wardround demo --directory DIR",
        )
    place.mkdir(parents=True, exist_ok=True)
    marker.touch()
    scratch = place.resolve() / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    return scratch


def _whole(scratch: Path, say: Callable[[str], None], how: _How, *, as_json: bool) -> int:
    from wardround.cli.sandbox import wait
    from wardround.sandbox.demo import Stage, demonstrate, images_here
    from wardround.sandbox.pages import routes
    from wardround.sandbox.runner import Runner
    from wardround.sandbox.server import Sandbox

    images = images_here(how.engine, Path.cwd())
    with Sandbox(scratch / "forge", how.port, pages=routes) as sandbox:
        runner = Runner(sandbox)
        runner.start()
        try:
            demo = demonstrate(
                Stage(sandbox, runner, scratch, say, not how.review_only, images.engine, images.wheelhouse)
            )
            if as_json:
                echo_json(_plain(demo))
            else:
                _tell(demo, images)
            if not how.at_once and not as_json:
                click.echo("\nThe forge stays up until Ctrl-C.")
                wait()
        finally:
            runner.stop()
    return int(ExitCode.PASS if demo.good else ExitCode.GATE)


def _tell(demo: Demo, images: Images) -> None:
    from wardround.report.escape import in_terminal

    click.echo()
    for pull in demo.pulls:
        mark = "as promised" if pull.as_promised else "NOT AS PROMISED"
        click.echo(
            f"  {in_terminal(pull.title)}\n    {pull.state}: {in_terminal(pull.description)}  ({mark})\n    {pull.url}"
        )
    if demo.bedside is not None:
        click.echo()
        for held in demo.bedside.held:
            click.echo(f"  {held.what}: {held.tag}, {held.answered} answers {held.probability:.4f}")
        for promise in demo.bedside.broken:
            click.echo(f"error: {promise}", err=True)
        if images.why:
            click.echo(f"  no image: {images.why}")
    if demo.watching is not None:
        seen = demo.watching
        click.echo(f"\n  {seen.answers:,} answers were looked at: {in_terminal(seen.title) or 'no proposal'}")
        click.echo(f"    {seen.url}")
        for promise in seen.broken:
            click.echo(f"error: {promise}", err=True)
        click.echo(f"  dashboard {seen.dashboard}")
    click.echo(f"\n  project   {demo.directory}")


def _plain(demo: Demo) -> dict[str, Any]:
    from dataclasses import asdict

    bedside = {**asdict(demo.bedside), "broken": list(demo.bedside.broken)} if demo.bedside else None
    pulls = [asdict(pull) for pull in demo.pulls]
    seen = demo.watching
    watching = (
        {**asdict(seen), "dashboard": str(seen.dashboard), "broken": list(seen.broken)} if seen is not None else None
    )
    return {"first": demo.first, "good": demo.good, "pulls": pulls, "bedside": bedside, "watching": watching}


def _local(scratch: Path, say: Callable[[str], None], *, as_json: bool) -> int:
    from wardround.cli.review import exit_code
    from wardround.flows.demo import demonstrate

    result = demonstrate(scratch, say)
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


def _quiet(_line: str) -> None:
    return


def _say(line: str) -> None:
    from wardround.flows.demo import ANSWER

    if line.startswith(("$ ", "# ")):
        click.echo(click.style(line, bold=True))
    elif line.startswith(ANSWER):
        click.echo(line.removeprefix(ANSWER))
    elif line.strip() and not line.startswith(("> ", "Updating lock", "To track", "\tgit add", "Use `dvc push")):
        click.echo(f"    {line.strip()}")
