"""``wardround card``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.errors import ExitCode

if TYPE_CHECKING:
    from wardround.flows.card.cards import Cards


@click.command("card")
@click.option(
    "--profile",
    "profiles",
    multiple=True,
    metavar="NAME",
    help="model, data, dictionary, hti1, tripod, annex-iv or chai; may be given several times.  [default: all]",
)
@click.option(
    "--version", default="", metavar="VERSION", help="The card of a released version.  [default: the work tree]"
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="The directory.  [default: reports/cards]"
)
@click.option(
    "--check",
    is_flag=True,
    help="Exit with 13 when a number is not the evidence's, or a named form is not complete. Before the first review: say what people have to write.",
)
@project_option
@json_option
def command(  # noqa: PLR0913 - a command's options are its arguments
    profiles: tuple[str, ...],
    version: str,
    out: Path | None,
    directory: Path,
    *,
    check: bool,
    as_json: bool,
) -> int:
    """Write the model's card in the forms that boards and authorities ask for.

    What only people know comes from governance/card.yaml; every number comes from the evidence, disclosed as in a report. Each form says what is
    complete, what is computed and what only a person can write. It helps you prepare, and says of nothing that it is complied with.
    """
    from wardround.flows.card.run import CardRequest, cards
    from wardround.project.layout import find

    made = cards(CardRequest(find(directory), profiles, version, out, check))
    if as_json:
        echo_json(_outline(made))
    else:
        _show(made)
    wrong = bool(made.check.stale) or any(made.check.lacking(name) for name in profiles)
    return int(ExitCode.GOVERNANCE if check and wrong else ExitCode.PASS)


def _outline(made: Cards) -> dict[str, object]:
    return {
        "written": [str(path) for path in made.written],
        "forms": {
            sheet.profile: {
                "items": len(sheet.answers),
                "complete": sum(answer.state == "complete" for answer in sheet.answers),
                "missing": list(sheet.missing),
            }
            for sheet in made.sheets
        },
        "check": made.check.plain(),
        "evidence": made.evidence,
    }


def _show(made: Cards) -> None:
    from wardround.report.escape import in_terminal

    if not made.evidence:
        _unwritten(made)
        return
    for sheet in made.sheets:
        states = [answer.state.value for answer in sheet.answers]
        parts = ", ".join(
            f"{states.count(name)} {name}" for name in ("complete", "partly", "missing") if name in states
        )
        click.echo(f"{sheet.profile:<11} {len(states)} items: {parts}")
    lacking = {name for item in made.check.incomplete for name in item.fields}
    if lacking:
        click.echo(
            f"governance/card.yaml lacks {len(lacking)} fields that some form needs; each form says which, and what to write"
        )
    for item in made.check.stale:
        click.echo(f"not the evidence's: {in_terminal(item.where)}: {in_terminal(item.what)}")
    if made.written:
        click.echo(f"written to {in_terminal(str(made.written[0].parent))}")


def _unwritten(made: Cards) -> None:
    """Each field once, with its hint and the forms that need it."""
    from wardround.card.schema import FILE, hint

    wanted: dict[str, list[str]] = {}
    for item in made.check.incomplete:
        for name in item.fields:
            wanted.setdefault(name, []).append(item.profile)
    there = "" if made.check.there else f", and no {FILE}"
    click.echo(f"there is no evidence yet{there}: no form was written, and no number was looked at")
    click.echo(
        f"{FILE} lacks {len(wanted)} fields that some form needs" if wanted else f"{FILE} has all that these forms need"
    )
    for name, forms in wanted.items():
        click.echo(f"  {name} ({', '.join(forms)})\n    {hint(name)}")
