"""How the sandbox says no: GitHub's status code and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class Refusal(Exception):
    """A request that GitHub would not carry out; the API answers it, and the pages show ``message``."""

    def __init__(self, status: int, message: str, errors: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = tuple(errors)


def missing() -> Refusal:
    """What is not there, or what the asker may not see: GitHub does not tell the two apart."""
    return Refusal(404, "Not Found")


def forbidden() -> Refusal:
    """A token without the permission."""
    return Refusal(403, "Resource not accessible by integration")


def invalid(resource: str, field: str, code: str, message: str = "") -> Refusal:
    """A body that is well-formed and wrong. ``code``: missing, missing_field, invalid, already_exists or custom."""
    error = {"resource": resource, "field": field, "code": code}
    return Refusal(422, "Validation Failed", [{**error, "message": message} if message else error])
