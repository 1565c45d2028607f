"""``wardround init``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from wardround.cli.options import echo_json, json_option

if TYPE_CHECKING:
    from wardround.flows.initialise import Initialised
    from wardround.scaffold.request import DataRequest


@click.command("init")
@click.argument("name", required=False)
@click.option("--data", help="A CSV or Parquet file (also gz, zip), a glob, or an fsspec URL.")
@click.option("--outcome", help="The column that says what happened.")
@click.option("--positive", help="Its value that is the event, or a comparison: '>0'.")
@click.option("--subject", help="The column that tells patients apart. Without it each row is a patient.")
@click.option("--encounter", help="The column that numbers the rows' encounters.")
@click.option("--time", help="The column of dates, or of whole numbers in the order of time.")
@click.option("--site", help="The column of hospitals.")
@click.option(
    "--exclude", multiple=True, metavar="'COL=V,…'", help="Values whose encounters are not eligible. Repeatable."
)
@click.option(
    "--predict-at",
    type=click.Choice(["admission", "encounter", "discharge"]),
    help="When the model is asked. What is known only later is no feature.  [default: the outcome's name decides]",
)
@click.option("--encoding", help="The CSV's encoding.  [default: found out]")
@click.option("--separator", help="The CSV's separator.  [default: found out]")
@click.option("--copy", is_flag=True, help="Copy the data below the project, tracked by DVC.")
@click.option("--storage", help="DVC's remote: a directory or URL.  [default: NAME-storage beside the project]")
@click.option(
    "--lock",
    type=click.Choice(["verify", "app"]),
    help="Who commits dvc.lock: authors, and the review verifies it; or the App, where data may not reach laptops.  [default: verify]",
)
@click.option("--adopt", is_flag=True, help="Add a project to the DVC repository in the current directory.")
@json_option
def command(  # noqa: PLR0913 - the options that say what to make; those about the data are in `given`
    name: str | None,
    *,
    adopt: bool,
    copy: bool,
    storage: str | None,
    lock: Literal["verify", "app"] | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Make the project NAME: a git and DVC repository, from your data or from the synthetic hospital network.

    \b
    wardround init readmission
    wardround init heart --data heart.csv --outcome num --positive '>0' --site hospital

    Everything that was found out about the data is printed and stands in files that you may edit. Raw data never go into git.
    """  # noqa: D301 - click's mark for a block that is not wrapped
    from wardround.errors import UsageError
    from wardround.flows.initialise import InitRequest, as_plain, initialise

    data = _data_request(given)
    lock = lock or _ask_lock(quiet=as_json)
    if adopt:
        from wardround.flows.adopt import adopt as adopt_here

        done = adopt_here(Path.cwd(), name, data, copy=copy, storage=storage, lock=lock)
    elif name is None:
        raise UsageError(
            "the name of the project is missing",
            wanted="wardround init NAME",
            next="for instance: wardround init readmission",
        )
    else:
        if copy and data is None:
            raise UsageError("--copy needs --data", next="leave it out: synthetic encounters are made by the pipeline")
        done = initialise(InitRequest(Path(name), data, copy=copy, storage=storage, lock=lock))
    if as_json:
        echo_json(as_plain(done))
    else:
        _show(done, adopted=adopt)


def _ask_lock(*, quiet: bool) -> Literal["verify", "app"]:
    """Asks a person who commits the lock; without a terminal the answer is the default."""
    if quiet or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return "verify"
    click.echo(
        "Who commits dvc.lock? Authors who have the data do (verify); where data may not reach laptops, the App does (app)."
    )
    answer: Literal["verify", "app"] = click.prompt("lock", type=click.Choice(["verify", "app"]), default="verify")
    return answer


def _data_request(given: dict[str, Any]) -> DataRequest | None:
    """The options about data as a request; None when there are none. Missing ones are reported together."""
    from wardround.errors import Problem, UsageError
    from wardround.scaffold.request import DataRequest, parse_exclude

    if not any(value for value in given.values()):
        return None
    lacking = [option for option in ("data", "outcome", "positive") if not given[option]]
    if lacking:
        raise UsageError(
            problems=[
                Problem(f"--{option} is missing", wanted="--data FILE --outcome COLUMN --positive VALUE")
                for option in lacking
            ]
        )
    return DataRequest(
        path=given["data"],
        outcome=given["outcome"],
        positive=given["positive"].strip(),
        subject=given["subject"],
        encounter=given["encounter"],
        time=given["time"],
        site=given["site"],
        exclude=parse_exclude(given["exclude"]),
        predict_at=given["predict_at"],
        encoding=given["encoding"],
        separator={"\\t": "\t", "tab": "\t"}.get(given["separator"], given["separator"]),
    )


def _show(done: Initialised, *, adopted: bool) -> None:
    if done.plan is not None:
        _show_plan(done)
    for note in done.notes:
        click.echo(click.style("note: ", fg="yellow") + note)
    if done.notes:
        click.echo()
    for path in done.kept:
        click.echo(f"  kept     {path}")
    if adopted:
        for path in done.written:
            click.echo(f"  written  {path}")
        click.echo(f"{done.root}: adopted" if done.written else f"{done.root}: already adopted, nothing to do")
        if done.written:
            click.echo("next: look at `git status`, commit, then run `wardround review`")
        return
    click.echo(f"{done.root}: made, {len(done.written)} files, first commit {done.commit[:10]}")
    click.echo(f"next: cd {done.root} && wardround review; then commit dvc.lock, and dvc push")


def _show_plan(done: Initialised) -> None:
    import shutil
    import textwrap

    from wardround.scaffold.project_text import decisions, headline

    assert done.plan is not None
    click.echo(headline(done.plan))
    click.echo()
    rows = decisions(done.plan)
    first = min(32, max(len(name) for name, *_ in rows))
    second = max(len(use) for _, use, _ in rows)
    room = max(40, shutil.get_terminal_size((120, 24)).columns - first - second - 6)
    for name, use, why in rows:
        shown = "".join(c if c.isprintable() else "?" for c in name)
        shown = shown if len(shown) <= first else shown[: first - 1] + "…"
        start, *rest = textwrap.wrap(why, room) or [""]
        click.echo(f"  {shown:<{first}}  {use:<{second}}  {start}".rstrip())
        for line in rest:
            click.echo(" " * (first + second + 6) + line)
    click.echo()
