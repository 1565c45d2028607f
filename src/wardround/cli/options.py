"""Options that several commands share."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from wardround.errors import UsageError

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


def day_of(text: str) -> dt.date | None:
    """The day of an option ``--until``; None where it is empty. Raises :class:`UsageError` for none, and one that has not come."""
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            "this is no day", where="--until", wanted="a day as 2026-03-01", found=repr(text[:40])
        ) from error
    today = dt.datetime.now(dt.UTC).date()
    if day > today:  # its windows would be empty, and recorded as silence
        raise UsageError("this day has not come", where="--until", wanted=f"{today} or before", found=day.isoformat())
    return day
