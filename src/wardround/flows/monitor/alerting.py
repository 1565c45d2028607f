"""Alerts that leave by webhook or mail: what was published of the look, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.flows.monitor.request import MonitorRequest, MonitorResult


def alert(request: MonitorRequest, result: MonitorResult) -> MonitorResult:  # noqa: ARG001 - filled in below
    """Sends."""
    return result
