"""The two ways in which a forge does not do what it was asked."""

from __future__ import annotations

from wardround.errors import EnvironmentFailure, GateRefusal


class CouldNotCheck(EnvironmentFailure):
    """No usable answer: network, time-out, 5xx after retries, rate limit, credentials or a missing permission: exit 3."""


class Refused(GateRefusal):
    """The forge answered, and says no: conflict, protected branch, moved reference, a limit: exit 11."""


class NotThere(Refused):
    """What was to be changed is not there, or this token may not see it."""
