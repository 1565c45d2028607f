"""``wardround program``: what a review asks of another revision's own program."""

from __future__ import annotations

from pathlib import Path

import click

from wardround.cli.options import echo_json, json_option, project_option


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


@command.command("judge")
@click.option("--base", required=True)
@click.option("--anchor")
@click.option("--lock-check", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@project_option
def judge(base: str, anchor: str | None, lock_check: Path, out: Path, directory: Path) -> None:
    """Judge the evidence of another work tree with this revision's code."""
    from wardround.errors import UsageError
    from wardround.evidence.base import read
    from wardround.evidence.lock import LockCheck
    from wardround.flows.review.judge_code import judge_for
    from wardround.project.layout import Project

    found = read(LockCheck, lock_check)
    if found.value is None:
        raise UsageError(found.reason, where=str(lock_check))
    judge_for(Project(directory.resolve()), base, anchor, found.value).write(out)


@command.command("check-model")
@project_option
@json_option
def check_model(directory: Path, *, as_json: bool) -> None:
    """Load the model, in a process that it may take down, and let it answer its golden encounters (a release calls this)."""
    from wardround.flows.release.model import check

    found = check(directory.resolve())
    if as_json:
        echo_json(found)
