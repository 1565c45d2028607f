"""``wardround upgrade``."""

from __future__ import annotations

from pathlib import Path

import click

from wardround.cli.options import echo_json, json_option, project_option


@click.command("upgrade")
@project_option
@json_option
def command(directory: Path, *, as_json: bool) -> None:
    """Record the installed stage versions and the locked environment in wardround.yaml; renew the workflows that init wrote.

    The next review then re-runs the stages that the upgrade touches. Open the change as a pull request of its own.
    """
    from wardround.flows import forge_files, versions
    from wardround.flows.stage import tree_of
    from wardround.project.layout import find

    project = find(directory)
    changed = versions.upgrade(project.layout.versions, tree_of(project.root))
    renewed = forge_files.bring_up_to_date(project.root)
    if as_json:
        echo_json({"changed": changed, "path": project.layout.versions.name, "renewed": list(renewed)})
    else:
        click.echo("wardround.yaml: brought up to date" if changed else "wardround.yaml: already up to date")
        for name in renewed:
            click.echo(f"{name}: brought up to date")
