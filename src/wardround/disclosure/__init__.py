"""The one door through which numbers leave the trust boundary (DESIGN §9).

``disclose`` turns inside evidence into :class:`~wardround.disclosure.published.Published`; ``audit`` proves by integer
programming that no small count can be inferred from it. ``docs/explanation/small-cells.md`` gives the reasoning.
"""

from wardround.disclosure.auditing import AuditResult, audit
from wardround.disclosure.earlier import About, Earlier
from wardround.disclosure.outlet import Before, Inside, disclose, disclosed_count, told
from wardround.disclosure.published import Disclosed, Published, Why

__all__ = [
    "About",
    "AuditResult",
    "Before",
    "Disclosed",
    "Earlier",
    "Inside",
    "Published",
    "Why",
    "audit",
    "disclose",
    "disclosed_count",
    "told",
]
