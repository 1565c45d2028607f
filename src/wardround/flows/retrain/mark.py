"""What a proposal or an issue remembers of itself: an HTML comment at the end of its body."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

_DAY = r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?"
_FORM = re.compile(
    r"<!-- wardround:(?P<kind>retrain|data|upstream) project=(?P<project>[a-z0-9-]+) data=(?P<data>[a-z0-9:]*) "
    rf"model=(?P<model>[a-z0-9:]*) since=(?P<since>{_DAY}) until=(?P<until>{_DAY}) -->"
)


@dataclass(frozen=True)
class Mark:
    """``data``: the snapshot's digest; ``model``: the default branch's model; ``since``: the first day of the alarm's unbroken run of windows.

    ``until`` is the day as on which the monitor looked. Days are ISO dates.
    """

    kind: str
    project: str
    data: str = ""
    model: str = ""
    since: str = ""
    until: str = ""

    @property
    def text(self) -> str:
        """The mark as it stands in a body."""
        days = f"since={self.since} until={self.until}"
        return f"<!-- wardround:{self.kind} project={self.project} data={self.data} model={self.model} {days} -->"

    def goes_on(self, later: Mark) -> bool:
        """Whether ``later`` is about the same alarm of the same model: its run of windows had begun when this look was made.

        A look covers so many windows, so that the run of an alarm that lasts longer seems to begin later: after that many windows
        it counts as a new one.
        """
        same = (self.kind, self.project, self.model) == (later.kind, later.project, later.model)
        return same and bool(later.since) and later.since <= self.until

    def same_data(self, other: Mark) -> bool:
        """Whether both were made from the same data and the same model."""
        return (self.kind, self.project, self.data, self.model) == (other.kind, other.project, other.data, other.model)

    @classmethod
    def read(cls, body: str) -> Self | None:
        """The last mark of a body; None without one."""
        found = list(_FORM.finditer(body))
        return cls(**found[-1].groupdict()) if found else None
