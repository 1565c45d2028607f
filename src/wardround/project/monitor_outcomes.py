"""``monitor.outcome`` of ``params.yaml``: when outcomes count as known, and what decay of performance is one to speak of."""

from __future__ import annotations

from wardround.project.sections import Section


class MonitorOutcomesSection(Section):
    """Maturity of outcomes, tolerated decay, workload, service and value."""
