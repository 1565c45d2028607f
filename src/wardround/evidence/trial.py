"""Evidence of a silent trial: how many answers of a version were logged in a stage, and of how many the outcome is known."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from pydantic import Field

from wardround.evidence.base import Evidence


class Trial(Evidence):
    """What the prediction log says about a version that answers in silence; the monitoring writes it.

    ``answered`` and ``matured`` are numbers of encounters, rounded down to tens: what lies in git is published. ``matured`` are those
    whose outcome is known. ``first`` and ``last`` are the days of the first and the last answer.
    """

    KIND: ClassVar[str] = "trial"

    project: str
    version: str
    stage: str
    first: dt.date
    last: dt.date
    answered: int = Field(ge=0, multiple_of=10)
    matured: int = Field(ge=0, multiple_of=10)
