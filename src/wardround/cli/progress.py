"""Progress of long work on standard error: a status line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import re
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
    from rich.status import Status

_STAGE = re.compile(r"^(?:Running stage|Stage) '(?:.*:)?([\w-]+)'(.*)$")
_NOISE = re.compile(
    r"^\s*$|^> |^Updating lock|^To track|^\s*git add|^Use `dvc push`|^Data and pipelines|^To enable|^\s*dvc config"
)


class Progress:
    """Shows one line for each step of the work. Lines come from the flow and from DVC."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._status: Status | None = None
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        if self._shown and sys.stderr.isatty():
            from rich.console import Console

            self._status = Console(stderr=True).status("starting")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def line(self, text: str) -> None:
        """Shows a line; DVC's are put into few words, its advice is left out."""
        if not self._shown or _NOISE.match(text):
            return
        said = _said(text)
        if self._status is not None:
            self._status.update(said)
            self._status.console.print(f"[dim]{time.monotonic() - self._started:6.1f} s[/dim]  {said}", highlight=False)
        else:
            click.echo(f"{time.monotonic() - self._started:6.1f} s  {said}", err=True)


def _said(text: str) -> str:
    match = _STAGE.match(text)
    if match is None:
        return text
    name, rest = match.groups()
    if "didn't change" in rest:
        return f"{name}: not changed"
    if "cached" in rest:
        return f"{name}: made before, taken from the cache"
    return f"{name}: running"
