"""Who a token speaks for and what it may do. Only digests are kept: a copied store gives no access."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from wardround.sandbox.clock import Clock, stamp
from wardround.sandbox.model import Token, User
from wardround.sandbox.store import Store

#: The login of what a run does with its own token, as on GitHub.
ACTIONS_BOT = "github-actions[bot]"
#: The number of GitHub Actions itself, which rulesets name as ``integration_id``. Here an App and its bot have one number.
ACTIONS_APP = 15368
_LEVELS = {"none": 0, "read": 1, "write": 2}


class Tokens:
    """Makes and recognises tokens. A token's text is given once, when it is made."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def user(self, login: str) -> str:
        """A token that may do whatever ``login`` may."""
        return self._keep("ghp_", Token("", login, "user"))

    def run(
        self, repository: str, permissions: Mapping[str, str], run_id: int = 0, *, hours: float = 24, fork: bool = False
    ) -> str:
        """The GITHUB_TOKEN of a job: exactly ``permissions`` on ``repository``; at most ``read`` each for a fork's run."""
        given = {scope: level for scope, level in permissions.items() if _LEVELS[level]}
        if fork:
            given = dict.fromkeys(given, "read")
        until = stamp(self._clock.now() + timedelta(hours=hours))
        return self._keep("ghs_", Token("", ACTIONS_BOT, "run", repository, given, run_id, until))

    def app(self, slug: str, repository: str, permissions: Mapping[str, str], *, hours: float = 24) -> str:
        """A token of the App ``slug``, installed on ``repository`` with ``permissions``; it acts as ``slug[bot]``."""
        login = f"{slug}[bot]"
        with self._store.transaction():
            if self._store.get(User, "", login) is None:
                self._store.put(User(self._store.next_id(), login, "Bot", slug, self._clock.stamp()))
        until = stamp(self._clock.now() + timedelta(hours=hours))
        return self._keep("ghs_", Token("", login, "app", repository, dict(permissions), 0, until))

    def look_up(self, text: str) -> Token | None:
        """What the token ``text`` may do; None when it was never made, was revoked, or is past its time."""
        token = self._store.get(Token, "", _digest(text))
        if token is None or (token.expires_at and token.expires_at <= self._clock.stamp()):
            return None
        return token

    def end_run(self, run_id: int) -> None:
        """Revokes every token of a run: GitHub's stop working when the job ends."""
        with self._store.transaction():
            for token in self._store.find(Token, run_id=run_id):
                self._store.remove(token)

    def _keep(self, prefix: str, token: Token) -> str:
        text = prefix + secrets.token_urlsafe(27).replace("-", "x").replace("_", "y")
        self._store.put(replace(token, digest=_digest(text)))
        return text


def covers(token: Token, scope: str, level: str) -> bool:
    """Whether a run's or App's token carries at least ``level`` on ``scope``. Everyone may read ``metadata``."""
    if scope == "metadata" and level == "read":
        return True
    return _LEVELS[token.permissions.get(scope, "none")] >= _LEVELS[level]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
