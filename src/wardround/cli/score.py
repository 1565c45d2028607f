"""``wardround score``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.errors import ExitCode

if TYPE_CHECKING:
    from rich.progress import Progress

    from wardround.flows.score import Scored


@click.command("score")
@click.option("--stage", default="", help="Score with the version that the tags say is in this stage now.")
@click.option("--version", default="", metavar="VERSION", help="Score with this released version.")
@click.option("--here", is_flag=True, help="Score with the project's own model, as wardround serve does.")
@click.option(
    "--input",
    "source",
    required=True,
    metavar="PATH_OR_URL",
    help="Parquet or CSV: a file, a directory, a glob or a URL.",
)
@click.option("--output", required=True, metavar="PATH_OR_URL", help="The directory to make, or to go on with.")
@click.option(
    "--history", metavar="PATH_OR_URL", help="Earlier encounters of the same subjects, which features need; not scored."
)
@click.option("--no-log", is_flag=True, help="Keep no prediction log: for trying it out, never for patients.")
@click.option(
    "--part-rows", type=click.IntRange(min=1), help="Rows of a part, about; memory holds one part.  [default: 131072]"
)
@click.option("--quiet", is_flag=True, help="Show no progress.")
@project_option
@json_option
def command(  # noqa: PLR0913 - a command's options are its arguments
    *,
    stage: str,
    version: str,
    source: str,
    output: str,
    history: str | None,
    part_rows: int | None,
    directory: Path,
    here: bool,
    no_log: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Score a table of any size, part by part, as the service would answer each row.

    A run that was stopped goes on when the same command is given again, and ends in the same bytes; a finished one is left as it is. A row
    outside of the contract, or after such a row of its subject, gets no probability and the reason instead, as does one that the params
    exclude. The counts that are printed are rounded to 10, small ones withheld: a log may keep them. Exits with 10 when rows are outside of the contract (the others are scored), 11 when the stage holds nothing that counts.
    """
    from wardround.flows.score import ScoreRequest, score
    from wardround.project.layout import find

    with _Shown(shown=not quiet and not as_json) as shown:
        scored = score(
            ScoreRequest(
                project=find(directory),
                input=source,
                output=output,
                stage=stage,
                version=version,
                here=here,
                history=history,
                log=not no_log,
                part_rows=part_rows,
                root=Path.cwd(),
                progress=shown.tell,
            )
        )
    if as_json:
        echo_json(_outline(scored, output))
    else:
        _show(scored, output)
    return int(ExitCode.CONTRACT if scored.violated else ExitCode.PASS)


def _outline(scored: Scored, output: str) -> dict[str, Any]:
    """Counts are rounded to 10; null where they are withheld."""
    counts = scored.counts
    return {
        "output": output,
        "version": scored.version,
        "tag": scored.tag or None,
        "known_encounters": scored.known,
        "rows": counts.rows.value,
        "answered": counts.answered.value,
        "alerts": counts.alerts.value,
        "warned": counts.warned.value,
        "refused": {reason: number.value for reason, number in counts.refused.items()},
        "out_of_contract": scored.violated,
        "history_rows": counts.history_rows.value,
        "parts": scored.parts,
        "resumed": scored.resumed,
        "unused_columns": list(scored.extra),
        "logged": scored.logged,
        "nothing_to_do": scored.nothing,
        "run": scored.run,
    }


def _show(scored: Scored, output: str) -> None:
    counts = scored.counts
    by = f"as {scored.tag} says" if scored.tag else "the project's own model"
    if scored.nothing:
        click.echo(f"nothing to do: {output} is finished")
    elif scored.resumed:
        click.echo(f"went on: {scored.resumed} of {scored.parts} parts were there")
    click.echo(f"scored with {scored.version}, {by}")
    for what, number in (("rows", counts.rows), ("scored", counts.answered)):
        click.echo(f"  {what}: {number}")
    click.echo(f"  alerts at the operating threshold: {counts.alerts}")
    click.echo(f"  rows with a warning: {counts.warned}")
    if counts.history_rows.shown:
        click.echo(f"  rows of history: {counts.history_rows}")
    for reason, number in sorted(counts.refused.items(), key=lambda item: (-(item[1].value or 0), item[0])):
        click.echo(f"  not scored, {reason}: {number}")
    click.echo(f"  numbers are rounded to 10, and small ones withheld; the exact ones are in {output}")
    if scored.extra:
        click.echo(f"  columns that were not used: {', '.join(scored.extra)}")
    if not scored.logged:
        click.echo("  no prediction log was kept: for trying it out, never for patients")


class _Shown:
    """Progress on standard error: a bar on a terminal, otherwise a line now and then."""

    #: Seconds between two lines.
    _PAUSE = 10.0

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._bar: Progress | None = None
        self._tasks: dict[str, Any] = {}
        self._told = time.monotonic()

    def __enter__(self) -> Self:
        if self._shown and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns, console=Console(stderr=True))
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def tell(self, what: str, done: int, total: int) -> None:
        """``done`` of ``total`` (0: not known) rows are read, or parts scored."""
        if self._bar is not None:
            if what not in self._tasks:
                self._tasks[what] = self._bar.add_task(what, total=total or None)
            self._bar.update(self._tasks[what], completed=done)
        elif self._shown and time.monotonic() - self._told >= self._PAUSE:
            self._told = time.monotonic()
            click.echo(f"{what}: {done:,}" + (f" of {total:,}" if total else ""), err=True)
