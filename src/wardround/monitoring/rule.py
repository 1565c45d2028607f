"""What a rule of the monitor is: an id with a page, and the params that it uses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MonitorRule:
    """One documented question to the windows. ``params`` are keys of ``params.yaml``, as ``monitor.drift.psi``."""

    id: str
    title: str
    params: tuple[str, ...] = ()

    @property
    def page(self) -> str:
        """Where the rule is documented, from the root of the repository."""
        return f"docs/rules/{self.id}.md"
