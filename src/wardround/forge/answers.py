"""What one answer of the forge means: done, ask again, no usable answer, or no."""

from __future__ import annotations

import email.utils
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wardround.forge.errors import CouldNotCheck, NotThere, Refused

#: The forge says so when it asks for a pause; GitHub's wording of the secondary limit has changed over the years.
_PAUSE = ("secondary rate limit", "abuse detection", "api rate limit exceeded", "retry your request again later")
#: A 403 with these words is a rule of the repository, not a missing permission.
_RULES = ("protected branch", "repository rule violations", "rule violations found", "protected tag")

#: GitHub's tokens (since 2021), and signed ones as an App uses.
_TOKEN = re.compile(r"(?:gh[a-z]_|github_pat_)[A-Za-z0-9_]{16,}|eyJ[\w-]{8,}\.[\w-]+\.[\w-]+")


@dataclass(frozen=True)
class Ask:
    """One request: method, path below the API's base, query parameters, and the JSON body of a change."""

    verb: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.verb} {self.path}"


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    def message(self) -> str:
        """The forge's own words, cleaned and cut: control characters out, at most 300 characters."""
        try:
            raw = json.loads(self.text)
            words = [str(raw.get("message", "")), *(_detail(error) for error in raw.get("errors") or ())]
        except (ValueError, AttributeError, TypeError):
            words = []
        said = "; ".join(word for word in words if word)
        return plain(f"{self.status} {said}" if said else str(self.status))


def _detail(error: Any) -> str:
    if not isinstance(error, Mapping):
        return str(error)
    return str(error.get("message") or " ".join(str(error[key]) for key in ("field", "code") if key in error))


def plain(text: str) -> str:
    """Foreign text as one safe line of at most 300 characters, without what looks like a token: a proxy may send ours back."""
    line = _TOKEN.sub("***", "".join(sign if sign.isprintable() else " " for sign in text))
    return line if len(line) <= 300 else line[:299] + "…"


class Again(Exception):
    """The request may be sent again.

    ``failure`` is what it comes to when it may not; ``wait`` is the pause that the forge asked for, in seconds;
    ``unsure`` says that a change may have taken effect although no good answer came.
    """

    def __init__(self, failure: CouldNotCheck, *, wait: float | None = None, unsure: bool = True) -> None:
        self.failure = failure
        self.wait = wait
        self.unsure = unsure
        super().__init__(type(failure).__name__)


def check(ask: Ask, answer: Answer, pause: float) -> None:
    """Returns for an answer that can be used (2xx and the 302 of a download).

    ``pause`` is how long to wait, in seconds, for a secondary rate limit that names no time (GitHub: a minute). Raises
    :class:`Again`, :class:`CouldNotCheck`, :class:`NotThere` or :class:`Refused`.
    """
    status = answer.status
    if 200 <= status < 300 or status == 302:
        return
    found = answer.message()
    if status == 429 or (status == 403 and _limited(answer, found)):
        raise Again(_limit(ask, answer, found), wait=_wait(answer, pause), unsure=False)
    if status >= 500 or status in {408, 425}:
        failure = CouldNotCheck(
            "the forge has trouble of its own", where=str(ask), found=found, next="run the same command again later"
        )
        raise Again(failure, wait=_wait(answer, None))
    if status == 401:
        raise CouldNotCheck(
            "the forge does not accept the token",
            where=str(ask),
            found=found,
            next="renew the token (WARDROUND_TOKEN or GITHUB_TOKEN), or the App's key",
        )
    if status == 403 and not any(word in found.casefold() for word in _RULES):
        raise CouldNotCheck(
            "the token may not do this",
            where=str(ask),
            wanted=f"permission: {accepted}" if (accepted := plain(_accepted(answer))) else "a permission for it",
            found=found,
            next="grant it in the workflow's `permissions:` or to the App",
        )
    if status in {404, 410}:
        raise NotThere(
            "the forge does not have this, or the token may not see it",
            where=str(ask),
            found=found,
            next="check number, name and the token's permissions",
        )
    if status in {400, 403, 405, 409, 412, 413, 422}:
        raise Refused("the forge refused", where=str(ask), found=found)
    raise CouldNotCheck("the forge answered in a way that is not known", where=str(ask), found=found)


def _accepted(answer: Answer) -> str:
    return answer.headers.get("x-accepted-github-permissions", "")


def _limited(answer: Answer, found: str) -> bool:
    return (
        "retry-after" in answer.headers
        or answer.headers.get("x-ratelimit-remaining") == "0"
        or any(word in found.casefold() for word in _PAUSE)
    )


def _limit(ask: Ask, answer: Answer, found: str) -> CouldNotCheck:
    wait = _wait(answer, None)
    return CouldNotCheck(
        "the forge asks for fewer requests (rate limit)",
        where=str(ask),
        found=found,
        next="run the same command again later" + (f", in {wait:.0f} s" if wait else ""),
    )


def _wait(answer: Answer, otherwise: float | None) -> float | None:
    """The pause that the forge asks for: Retry-After (seconds or a date), or the reset of a used-up limit."""
    after = answer.headers.get("retry-after", "").strip()
    if after.isascii() and after.isdigit():
        return float(after[:9])
    if after:
        try:
            return max(email.utils.parsedate_to_datetime(after).timestamp() - time.time(), 0.0)
        except (ValueError, OverflowError):
            return otherwise
    reset = answer.headers.get("x-ratelimit-reset", "")
    if answer.headers.get("x-ratelimit-remaining") == "0" and reset.isascii() and reset.isdigit():
        return max(float(reset[:12]) - time.time(), 0.0) + 1.0
    return otherwise
