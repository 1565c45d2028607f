"""Bodies are read piece by piece, within declared limits of size and time, and all that are held together have a limit too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from wardround.project.serve_section import ServeSection
from wardround.service.refusal import FieldProblem, Refusal

_TYPE = "Content-Type: application/json, in UTF-8"


class Gone(Exception):
    """The client went away before its request was complete."""


class Held:
    """The bytes of one body, counted while they come."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self.bytes = 0

    def take(self, size: int) -> None:
        """Counts ``size`` more. Raises :class:`Refusal` when this body, or all together, become too large."""
        self.bytes += size
        self._gate.bytes += size
        if self.bytes > self._gate.limits.max_body_bytes:
            raise self._gate.too_large()
        if self._gate.bytes > self._gate.limits.max_held_bytes:
            raise Refusal(503, "too many bytes are under way", retry=1)


class Gate:
    """How many requests and bytes are under way."""

    def __init__(self, limits: ServeSection) -> None:
        self.limits = limits
        self.requests = 0
        self.bytes = 0

    def too_large(self) -> Refusal:
        """The refusal of a body beyond the limit."""
        return Refusal(
            413,
            "the body is too large",
            [FieldProblem("", f"at most {self.limits.max_body_bytes} bytes in one request")],
        )

    @asynccontextmanager
    async def inside(self, scope: Mapping[str, Any]) -> AsyncIterator[Held]:
        """Counts a request while it is under way. Raises :class:`Refusal` by what its headers say, before anything is read."""
        if self.requests >= self.limits.max_requests:
            raise Refusal(503, "too many requests are under way", retry=1)
        self._check_headers(scope)
        held = Held(self)
        self.requests += 1
        try:
            yield held
        finally:
            self.requests -= 1
            self.bytes -= held.bytes

    def _check_headers(self, scope: Mapping[str, Any]) -> None:
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value) > self.limits.max_body_bytes:
                raise self.too_large()
            if name == b"content-type" and value.lower() != b"application/json" and not _is_json(value.lower()):
                raise Refusal(415, "the body is of another type", [FieldProblem("", _TYPE)])
            if name == b"content-encoding" and value.strip().lower() not in {b"", b"identity"}:
                raise Refusal(415, "the body is compressed", [FieldProblem("", "a body that is not compressed")])


def _is_json(kind: bytes) -> bool:
    """Whether a Content-Type in lower case is JSON in UTF-8, as JSON is without a word about it."""
    first, *more = [part.strip() for part in kind.split(b";")]
    charsets = [part.removeprefix(b"charset=").strip(b'"') for part in more if part.startswith(b"charset=")]
    return first == b"application/json" and all(charset in {b"utf-8", b"utf8", b"us-ascii"} for charset in charsets)


async def read_body(receive: Callable[[], Awaitable[Mapping[str, Any]]], held: Held) -> bytes:
    """The whole body. Raises :class:`Refusal` (408, 413, 503), or :class:`Gone`."""
    seconds = held._gate.limits.body_seconds  # noqa: SLF001 - one idea in two classes
    pieces = []
    try:
        async with asyncio.timeout(seconds):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                piece = message.get("body", b"")
                held.take(len(piece))
                pieces.append(piece)
                more = message.get("more_body", False)
    except TimeoutError:
        raise Refusal(
            408, "the body did not arrive in time", [FieldProblem("", f"all of it within {seconds:g} s")]
        ) from None
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
