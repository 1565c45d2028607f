"""What a page's handler gives back, before it becomes an answer of HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wardround.sandbox.pages.visit import Visit


@dataclass(frozen=True)
class Page:
    """A page made from ``template``; ``refresh`` is after how many seconds the browser asks again, 0 for never."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    refresh: int = 0


@dataclass(frozen=True)
class Go:
    """Sends the browser to a path of the sandbox; ``cookies`` are set on the way."""

    to: str
    cookies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Send:
    """Bytes or a file, as they are. With ``name`` the browser keeps them and does not show them."""

    content: bytes | Path
    kind: str
    name: str = ""
    policy: str = ""


Handler = Callable[["Visit"], Page | Go | Send]
#: Method, path and handler of each page, in the order in which they are declared.
HANDLERS: list[tuple[str, str, Handler]] = []


def get(path: str) -> Callable[[Handler], Handler]:
    """Declares what is shown at ``path``."""
    return _declare("GET", path)


def post(path: str) -> Callable[[Handler], Handler]:
    """Declares what a form sent to ``path`` does."""
    return _declare("POST", path)


def _declare(method: str, path: str) -> Callable[[Handler], Handler]:
    def declare(handler: Handler) -> Handler:
        HANDLERS.append((method, path, handler))
        return handler

    return declare
