"""Commit statuses."""

from __future__ import annotations

from dataclasses import replace

from wardround.forge import reading
from wardround.forge.base import Part, quoted
from wardround.forge.calls import understood
from wardround.forge.values import Status

#: GitHub refuses longer descriptions.
_DESCRIPTION = 140


class StatusesPart(Part):
    """Reading and setting statuses."""

    def statuses(self, sha: str) -> tuple[Status, ...]:
        """The latest status of each context of a commit."""
        latest: dict[str, Status] = {}
        with understood("statuses"):
            # this list, unlike the combined status, says who set each; newest first
            for raw in self._calls.pages(f"{self._root}/commits/{quoted(sha)}/statuses"):
                status = reading.status(raw)
                latest.setdefault(status.context, status)
        return tuple(latest[context] for context in sorted(latest))

    def set_status(self, sha: str, status: Status, known: tuple[Status, ...] | None = None) -> None:
        """Sets a status unless ours is the same already; somebody else's same status does not count."""
        if len(status.description) > _DESCRIPTION:
            status = replace(status, description=status.description[: _DESCRIPTION - 1] + "…")
        if self._is_set(self.statuses(sha) if known is None else known, status):
            return
        body = {"state": status.state, "context": status.context, "description": status.description}
        if status.url:
            body["target_url"] = status.url
        self._calls.change(
            "POST",
            f"{self._root}/statuses/{quoted(sha)}",
            body,
            look=lambda: True if self._is_set(self.statuses(sha), status) else None,
        )

    def _is_set(self, known: tuple[Status, ...], wanted: Status) -> bool:
        return any(
            status == wanted and (not status.creator or status.creator.casefold() == self.author().casefold())
            for status in known
        )
