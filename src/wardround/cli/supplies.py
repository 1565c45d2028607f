"""``wardround supplies``."""

from __future__ import annotations

from pathlib import Path

import click

from wardround.cli.options import project_option
from wardround.errors import ExitCode


@click.group("supplies")
def command() -> None:
    """Fetch, where there is a network, what a release's image is built from without one: wheels and a base image."""


@command.command("wheels")
@project_option
def wheels(directory: Path) -> int:
    """Fill the wheelhouse with the packages of the service, by the lock's hashes.

    Uses pip and its configuration. The wheelhouse is release.wheelhouse in params.yaml, else `.dvc/tmp/wardround/wheelhouse`; it may be copied
    to a machine without a network.
    """
    from wardround.flows.release import supplies
    from wardround.project.layout import find

    project = find(directory)
    found = supplies.fill(project)
    size = sum(path.stat().st_size for path in found) / 1e6
    click.echo(f"{len(found)} wheels, {size:.0f} MB, in {supplies.place(project)}")
    return int(ExitCode.PASS)


@command.command("base")
@project_option
@click.option("--engine", type=click.Choice(["auto", "docker", "podman", "buildah"]), default="auto", show_default=True)
@click.option("--mirror", default="", help="Debian's mirror.  [default: the one in this machine's APT sources]")
def base(directory: Path, engine: str, mirror: str) -> int:
    """Put the base image on this machine: pull the one that params name, or make a Debian with Python by debootstrap.

    The second needs root, debootstrap, and an environment whose Python a Debian has (3.11: bookworm, 3.13: trixie).
    """
    from wardround.flows.release import base_image
    from wardround.project.layout import find

    found = base_image.provide(find(directory), engine, mirror, lambda line: click.echo(line, err=True))
    click.echo(f"{found.name} ({found.architecture}), {found.digest}")
    return int(ExitCode.PASS)
