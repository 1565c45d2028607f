"""``monitor.drift`` of ``params.yaml``: when a change of the inputs is one to speak of."""

from __future__ import annotations

from wardround.project.sections import Section


class MonitorDriftSection(Section):
    """Effect sizes, persistence and power of the drift checks."""
