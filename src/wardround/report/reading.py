"""A report's context from JSON that an untrusted run wrote.

Its texts are free: names of files, branches and parameters. They are bounded here and made inert by the renderers. Its counts of
rows are published values, and keep the rules of disclosure.
"""

from __future__ import annotations

from typing import Any

from wardround.disclosure.reading import Trusted, read_as, shape
from wardround.disclosure.shapes import Checked, Listed, Maybe, Number, Shape, Text
from wardround.report.context import Context
from wardround.values import Role

_WORD = Text(longest=60)
_TITLE = Text(longest=300)
_NAME = Text(longest=500)
_LINES = Maybe(Number(whole=True, least=0))

#: Exact shapes of the fields of a context.
EXACT: tuple[tuple[tuple[str, str], Shape], ...] = (
    (("Context", "project"), Text(longest=64, pattern=r"[a-z][a-z0-9-]{0,62}[a-z0-9]")),
    (("Context", "title"), _TITLE),
    (("Context", "outcome"), _TITLE),
    (("Context", "encounter"), _WORD),
    (("Context", "rules"), _TITLE),
    (("Context", "generated"), Listed(_NAME, longest=100)),
    (("Revision", "role"), Text(among=tuple(role.value for role in Role))),
    (("Revision", "name"), _NAME),
    (("Revision", "commit"), Text(longest=64, pattern="([0-9a-f]{40}|[0-9a-f]{64})?")),
    (("Revision", "note"), _NAME),
    (("FileChange", "path"), Text(longest=4_096)),
    (("FileChange", "added"), _LINES),
    (("FileChange", "removed"), _LINES),
    (("StageRun", "seconds"), Maybe(Number(least=0))),
    (("LineageRow", "name"), _NAME),
    (("LineageRow", "value"), _NAME),
    (("LineageRow", "note"), _NAME),
    (("StageRun", "name"), _NAME),
)


def read(value: Any, trusted: Trusted) -> Checked[Context]:
    """A context from JSON types, or the reason why there is none."""
    return read_as(Context, shape(Context, EXACT), value, trusted)
