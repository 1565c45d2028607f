"""``wardround dashboard``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.errors import ExitCode


@click.command("dashboard")
@project_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The directory to write; what is there is replaced.  [default: reports/dashboard of the project]",
)
@click.option("--address", default="", metavar="URL", help="Where the site will be, for the links of its feed.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@json_option
def command(directory: Path, out: Path | None, address: str, *, quiet: bool, as_json: bool) -> int:
    """Write a static site about every model of the repository: stages, performance, drift, groups, workload, findings.

    Everything is read from this clone: tags, params, and the branch wardround/history (git fetch brings them). Open proposals are asked of
    the forge where the environment names one. The pages need no server and no network; beside them are an Atom feed and a file for the
    textfile collector of Prometheus. Exits with 2 when a project's params are wrong, and with 13 when the history was edited.
    """
    from wardround.cli.progress import Progress
    from wardround.flows.dashboard import DashboardRequest, dashboard
    from wardround.project.layout import find
    from wardround.report.words import plural

    with Progress(shown=not quiet and not as_json) as progress:
        project = find(directory)
        place = out or project.layout.reports / "dashboard"
        made = dashboard(DashboardRequest(project.root, place.resolve(), address, dict(os.environ), progress.line))
    if as_json:
        models = [
            {"project": model.name, "severity": model.severity, "looks": len(model.looks)} for model in made.models
        ]
        echo_json({"directory": os.fspath(made.place), "files": list(made.files), "models": models})
    else:
        click.echo(f"{plural(len(made.models), 'model')}: {made.place / 'index.html'}")
    return int(ExitCode.PASS)
