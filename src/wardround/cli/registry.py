"""``wardround registry``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.errors import ExitCode

if TYPE_CHECKING:
    from wardround.flows.registry import Shown, Standing
    from wardround.registry.entries import Removal, Version
    from wardround.registry.tags import Tag


@click.command("registry")
@click.argument("name", required=False)
@project_option
@json_option
def command(name: str | None, directory: Path, *, as_json: bool) -> int:
    """Show versions and stages: who, when, from which pull request.

    Everything is read from the tags of this clone (git fetch --tags brings the forge's). A stage's tag counts only if a merged change of
    deploy/STAGE.yaml says the same; tags that do not count are listed as problems. A break-glass stays red until a merged change names
    the same version.

    Without NAME: every project that the repository has tags of. Exits with 0 whatever it shows.
    """
    from wardround.flows.registry import registry

    found = registry(directory, name or "")
    if as_json:
        echo_json({"projects": [outline(shown) for shown in found]})
        return int(ExitCode.PASS)
    for number, shown in enumerate(found):
        if number:
            click.echo()
        _show(shown)
    if not found:
        click.echo("no project here, and no tag of one")
    return int(ExitCode.PASS)


def outline(shown: Shown) -> dict[str, Any]:
    """One project as JSON."""
    state = shown.state
    latest = state.latest
    return {
        "project": shown.name,
        "directory": shown.place,
        "latest": latest.version if latest else None,
        "deprecated": state.deprecated(),
        "stages": {stage: assignment(held) if held else None for stage, held in shown.stages.items()},
        "versions": [_version(shown, item) for item in state.versions],
        "assignments": [assignment(item) for item in shown.standings],
        "removals": [
            {"stage": item.stage, "version": item.version, "tag": item.tag.name, **_made(item.tag)}
            for item in state.removals
        ],
        "problems": [{"tag": item.tag.name, "what": item.what} for item in state.problems],
    }


def assignment(standing: Standing) -> dict[str, Any]:
    """An assignment as JSON."""
    item = standing.assignment
    return {
        "stage": item.stage,
        "version": item.version,
        "tag": item.tag.name,
        "commit": item.commit,
        **_made(item.tag),
        "review": standing.review,
        "review_commit": standing.review_commit or None,
        "record": item.record.model_dump(),
    }


def _version(shown: Shown, item: Version) -> dict[str, Any]:
    from wardround.flows.registry import pull_of

    return {
        "version": item.version,
        "tag": item.tag.name,
        "commit": item.commit,
        **_made(item.tag),
        "pull": pull_of(item),
        "withdrawn": not shown.state.active(item.version),
        "record": item.record.model_dump(),
    }


def _made(tag: Tag) -> dict[str, str | None]:
    moment = tag.moment
    return {
        "tagger": tag.tagger,
        "email": tag.email,
        "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None,
    }


def when(moment: dt.datetime | None) -> str:
    """A moment for a terminal."""
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else "no time"


def behind(standing: Standing) -> str:
    """What stands behind an assignment, for a terminal: red where somebody must look."""
    record = standing.assignment.record
    if standing.review == "merged":
        return f"pull request {record.pull}" if record.pull else f"merged as {record.commit[:12]}"
    if standing.review == "reviewed":
        return f"break-glass, reviewed by {standing.review_commit[:12]}"
    words = {
        "not reviewed": "BREAK-GLASS, NOT REVIEWED",
        "not checked": "NOT CHECKED: the project is not in this checkout",
    }
    return click.style(words[standing.review], fg="red", bold=True)


def _show(shown: Shown) -> None:
    from wardround.report.escape import in_terminal

    state = shown.state
    latest = state.latest
    head = f"latest version {latest.version}" if latest else "no version"
    click.echo(click.style(shown.name, bold=True) + f"  {'deprecated' if state.deprecated() else head}")
    stages = shown.stages
    for stage, held in stages.items():
        if held is None:
            click.echo(f"  {stage:<10} holds no version")
        else:
            item = held.assignment
            click.echo(f"  {stage:<10} {item.version:<10} since {when(item.tag.moment)}, {behind(held)}")
    rows: list[tuple[int, str, str]] = [_version_row(shown, item) for item in state.versions]
    for standing in shown.standings:
        item = standing.assignment
        said = f": {in_terminal(item.record.reason)}" if item.record.reason else ""
        rows.append(_row(item.tag, item.time, f"{item.version} into {item.stage}, {behind(standing)}{said}"))
    rows += [_row(item.tag, item.time, _removal(item)) for item in state.removals]
    if rows:
        click.echo("  history, the newest first")
    for _, _, line in sorted(rows, reverse=True):
        click.echo(f"    {line}")
    if state.problems:
        click.echo(click.style("  problems: these tags do not count", fg="red", bold=True))
    for problem in state.problems:
        click.echo(f"    {in_terminal(problem.tag.name)}: {in_terminal(problem.what)}")


def _row(tag: Tag, time: int, words: str) -> tuple[int, str, str]:
    from wardround.report.escape import in_terminal

    return time, tag.name, f"{when(tag.moment)}  {tag.name:<24} {words} [{in_terminal(tag.tagger)}]"


def _version_row(shown: Shown, item: Version) -> tuple[int, str, str]:
    from wardround.flows.registry import pull_of
    from wardround.report.escape import in_terminal

    pull = pull_of(item)
    source = f", pull request {pull}" if pull else ""
    gone = "" if shown.state.active(item.version) else ", withdrawn since"
    return _row(item.tag, item.time, f"commit {item.commit[:12]}{source}{gone}: {in_terminal(item.record.reason)}")


def _removal(item: Removal) -> str:
    if item.stage is not None:
        return f"{item.version} out of {item.stage}, not by a change of deploy/"
    return f"{item.version} withdrawn" if item.version else "deprecated: nothing counts until a later tag"
