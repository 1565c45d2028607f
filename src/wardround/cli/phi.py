"""``wardround phi``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.errors import ExitCode

if TYPE_CHECKING:
    from wardround.flows.phi import PhiReport


@click.command("phi")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--base", metavar="REV", help="Only what this branch adds to REV: every commit, its message, the work tree."
)
@click.option("--staged", is_flag=True, help="Only what is staged: for a pre-commit hook.")
@click.option(
    "--message",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file with a commit's message: for a commit-msg hook.",
)
@click.option(
    "--install-hook", is_flag=True, help="Write .git/hooks/pre-commit and commit-msg, which scan before each commit."
)
@click.option(
    "--propose",
    is_flag=True,
    help="Print what governance/phi.yaml would need for these findings; you write the reasons.",
)
@project_option
@json_option
def command(  # noqa: PLR0913 - a command's options are its arguments
    paths: tuple[Path, ...],
    base: str | None,
    message: Path | None,
    directory: Path,
    *,
    staged: bool,
    install_hook: bool,
    propose: bool,
    as_json: bool,
) -> int:
    """Look for identifiers of patients in files, file names, commit messages and logs.

    Without PATHS: every file that git tracks or would track, and what lies in reports/. `-` reads standard input. A finding shows the rule, the place
    and a fingerprint, never the text. What governance/phi.yaml allows, with a reason, is left out. Exits with 13 when something is found.
    """
    from wardround.flows.phi import PhiRequest, phi

    if install_hook:
        from wardround.flows.phi_hooks import install

        for path in install(directory):
            click.echo(f"wrote {path}")
        return int(ExitCode.PASS)
    files = tuple(path for path in paths if str(path) != "-")
    given = sys.stdin.buffer.read() if len(files) < len(paths) else None
    report = phi(PhiRequest(directory, base, staged, message, files, given, proposing=propose))
    if as_json:
        echo_json(_outline(report))
    elif propose:
        _propose(report)
    else:
        show(report)
    return int(ExitCode.GOVERNANCE if report.findings else ExitCode.PASS)


def _outline(report: PhiReport) -> dict[str, object]:
    return {
        "files": report.files,
        "messages": report.messages,
        "bytes": report.bytes,
        "findings": [
            {
                "rule": item.rule,
                "place": item.place,
                "line": item.line,
                "part": item.part,
                "fingerprint": item.fingerprint,
            }
            for item in report.findings
        ],
    }


def show(report: PhiReport) -> None:
    """Prints what was found: rule, place, fingerprint."""
    from wardround.report.escape import in_terminal

    for item in report.findings:
        click.echo(f"{item.rule:<16} {in_terminal(item.where)}  {item.fingerprint}".rstrip() + f"  {item.title}")
    looked = f"{report.files} files" + (f" and {report.messages} commit messages" if report.messages else "")
    if not report.findings:
        click.echo(f"nothing found in {looked}")
        return
    click.echo(f"{len(report.findings)} found in {looked}", err=True)
    click.echo(
        "  next:   take them out, of the history too; or, if no patient stands behind them: wardround phi --propose",
        err=True,
    )


def _propose(report: PhiReport) -> None:
    """Entries for the allow-list, one a place and kind. Reasons are left empty, and the list is not valid until somebody writes them."""
    groups: dict[tuple[str, str], list[str]] = {}
    for item in report.findings:
        groups.setdefault((item.place.partition(" in commit ")[0], item.kind), []).append(item.fingerprint)
    click.echo("allow:" if groups else "# nothing was found")
    for (place, kind), marks in groups.items():
        import json

        click.echo(f"- path: {json.dumps(place)}")
        click.echo(f"  kinds: [{kind}]")
        texts = [mark for mark in marks if mark]
        if texts:
            click.echo("  texts:")
        for mark in texts:
            click.echo(f'  - "{mark}"')
        click.echo('  because: ""')
