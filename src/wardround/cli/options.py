"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")


def project_option(function: F) -> F:
    """``--project DIR``: a project other than the one around the current directory."""
    return click.option(
        "--project",
        "directory",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(),
        show_default="the current directory",
        help="The project's directory.",
    )(function)


def json_option(function: F) -> F:
    """``--json``: the answer as JSON on standard output and nothing else there."""
    return click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")(function)


def echo_json(value: Any) -> None:
    """Prints canonical JSON."""
    from wardround.files import canonical_json

    click.echo(canonical_json(value).decode(), nl=False)
