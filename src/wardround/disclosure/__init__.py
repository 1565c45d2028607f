"""The one door through which numbers leave the trust boundary (DESIGN §9).

``disclose`` turns inside evidence into :class:`~wardround.disclosure.published.Published`; ``audit`` proves by integer
programming that no small count can be inferred from it. ``docs/explanation/small-cells.md`` gives the reasoning.
"""

from wardround.disclosure.auditing import AuditResult, audit
from wardround.disclosure.earlier import About, Earlier
from wardround.disclosure.inside import Before, Inside
from wardround.disclosure.outlet import disclose, disclosed_count
from wardround.disclosure.published import Disclosed, Published, Why
from wardround.disclosure.remembering import told

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
