"""What keeps other web pages out: only loopback's own names, signed forms, and headers that let nothing foreign in."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from wardround.sandbox.refusal import Refusal

SESSION = "wardround_session"
CHOSEN = "wardround_actor"
#: Names under which a browser may ask: another one is a foreign site's name that was pointed at this machine.
_HOSTS = frozenset(("127.0.0.1", "localhost", "::1"))
_COMMON = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'"
POLICY = f"{_COMMON}; base-uri 'none'; frame-ancestors 'none'"
#: A report has its styles within itself. It is shown inside a pull request's page, and runs nothing.
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'; sandbox"
)
#: For files that are kept or shown as plain text.
FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


def headers(policy: str) -> dict[str, str]:
    """The headers of every answer."""
    return {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
    }


def check_host(given: Mapping[str, str]) -> None:
    """Refuses a request for another host than loopback."""
    try:
        host = urlsplit(f"//{given.get('host', '')}").hostname or ""
    except ValueError:
        host = ""
    if host not in _HOSTS:
        raise Refusal(403, "The sandbox's pages answer on 127.0.0.1 and localhost only.")


class Seal:
    """Signs forms for a browser's session, with a key that lives as long as the process."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def token(self, session: str) -> str:
        """What a form of this session must send."""
        return hmac.new(self._key, session.encode(), hashlib.sha256).hexdigest()

    def check(self, session: str, token: str, given: Mapping[str, str]) -> None:
        """Refuses a form that no page of this sandbox gave to this browser."""
        origin = given.get("origin", "")
        foreign = bool(origin) and urlsplit(origin).netloc != given.get("host", "")
        foreign = foreign or given.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}
        signed = bool(session) and hmac.compare_digest(token.encode(), self.token(session).encode())
        if foreign or not signed:
            raise Refusal(
                403,
                "This form was not made for this browser by the running sandbox. Reload the page, and send it again.",
            )


def new_session() -> str:
    """A name for a browser that nobody guesses."""
    return secrets.token_urlsafe(24)
