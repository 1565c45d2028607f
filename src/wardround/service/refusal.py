"""What the service says when it does not answer with a probability: a status, the fields, what was wanted. Never a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: How many problems one refusal lists.
MOST = 20


@dataclass(frozen=True)
class FieldProblem:
    """One field of the request that cannot be used; ``field`` is empty for the whole body."""

    field: str
    wanted: str


class Refusal(Exception):
    """A request that is not answered. ``retry`` is after how many seconds the same request may succeed."""

    def __init__(
        self, status: int, what: str, problems: Sequence[FieldProblem] = (), *, retry: int | None = None
    ) -> None:
        super().__init__(what)
        self.status = status
        self.what = what
        self.problems = tuple(problems)
        self.retry = retry

    def plain(self) -> dict[str, Any]:
        """The body of the answer, as JSON types."""
        listed = [{"field": item.field, "wanted": item.wanted} for item in self.problems[:MOST]]
        error: dict[str, Any] = {"status": self.status, "what": self.what, "problems": listed}
        if len(self.problems) > MOST:
            error["more"] = len(self.problems) - MOST
        return {"error": error}
