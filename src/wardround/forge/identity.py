"""Who we are to the forge: a token, or a GitHub App whose installation gives one for an hour."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from wardround.forge.calls import Calls, Count, understood
from wardround.forge.connection import Limits, requester
from wardround.forge.errors import CouldNotCheck, NotThere

if TYPE_CHECKING:
    from github.Requester import Requester

#: An installation token lives for an hour; a new one is taken after so many seconds.
_RENEW = 50 * 60.0


@dataclass(frozen=True)
class Credentials:
    """How to reach one repository. A secret is never part of the text of this value.

    ``token`` or ``app_id`` with ``app_key`` (a file in PEM) must be given. ``author`` is our own login where it is known;
    an App's is found by itself, a person's token is asked. ``server_url`` is where CML posts; it must be https for that.
    """

    repository: str
    token: str = field(default="", repr=False)
    api_url: str = "https://api.github.com"
    author: str = ""
    app_id: str = ""
    app_key: Path | None = None
    server_url: str = ""
    limits: Limits = field(default_factory=Limits)


class Identity(Protocol):
    """Gives the connection for the next request, the token that it uses, and our login."""

    def connection(self) -> Requester:
        """PyGithub's requester with credentials that hold now."""
        ...

    def token(self) -> str:
        """The token itself, for a program that posts in our name."""
        ...

    def login(self, calls: Calls) -> str:
        """Our own login."""
        ...

    def close(self) -> None:
        """Closes what is open."""
        ...


class TokenIdentity:
    """A fixed token: a person's, or the one that GitHub Actions gives to a job."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._requester: Requester | None = None

    def connection(self) -> Requester:
        """PyGithub's requester, made once."""
        if self._requester is None:
            from github.Auth import Token

            given = self._credentials
            self._requester = requester(Token(given.token), given.api_url, given.limits)
        return self._requester

    def token(self) -> str:
        """The token itself."""
        return self._credentials.token

    def login(self, calls: Calls) -> str:
        """What was declared, or whose token it is. A job's token may not ask, so its login must be declared."""
        if self._credentials.author:
            return self._credentials.author
        try:
            raw = calls.read("/user")
        except CouldNotCheck as error:
            raise CouldNotCheck(
                "the token does not say whose it is",
                where="GET /user",
                found=error.problems[0].found,
                next="set WARDROUND_AUTHOR to the login that its comments show, such as github-actions[bot]",
            ) from error
        with understood("GET /user"):
            return str(raw["login"])

    def close(self) -> None:
        """Closes what is open."""
        if self._requester is not None:
            self._requester.close()


class AppIdentity:
    """A GitHub App, by its id and private key; the installation is looked up for the repository."""

    def __init__(self, credentials: Credentials, count: Count) -> None:
        self._credentials = credentials
        self._calls = Calls(self._app, credentials.limits, count)
        self._jwt: Requester | None = None
        self._installation: tuple[int, str] | None = None
        self._made = 0.0
        self._token = ""
        self._requester: Requester | None = None

    def _app(self) -> Requester:
        """The connection as the App itself: PyGithub signs each request anew, for five minutes."""
        if self._jwt is None:
            from github.Auth import AppAuth

            given = self._credentials
            self._jwt = requester(AppAuth(given.app_id, self._key()), given.api_url, given.limits)
        return self._jwt

    def _key(self) -> str:
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        path = self._credentials.app_key
        assert path is not None
        try:
            text = path.read_text(encoding="utf-8")
            load_pem_private_key(text.encode(), password=None)
        except OSError as error:
            raise CouldNotCheck("the App's key cannot be read", where=str(path), found=str(error.strerror)) from None
        except (ValueError, TypeError):
            raise CouldNotCheck(
                "the App's key is not a private key without a passphrase, in PEM", where=str(path)
            ) from None
        return text

    def _installed(self) -> tuple[int, str]:
        if self._installation is None:
            repository = self._credentials.repository
            try:
                raw = self._calls.read(f"/repos/{repository}/installation")
            except NotThere as error:
                raise CouldNotCheck(
                    "the App is not installed for this repository",
                    where=repository,
                    found=error.problems[0].found,
                    next="install it in the App's settings, for this repository",
                ) from error
            with understood("the App's installation"):
                self._installation = int(raw["id"]), str(raw["app_slug"])
        return self._installation

    def token(self) -> str:
        """A token for this repository alone, at most 50 minutes old."""
        if not self._token or time.monotonic() - self._made > _RENEW:
            number, _ = self._installed()
            name = self._credentials.repository.split("/")[1]
            self._made = time.monotonic()
            raw = self._calls.change("POST", f"/app/installations/{number}/access_tokens", {"repositories": [name]})
            with understood("the App's token"):
                self._token = str(raw["token"])
            self.close()
            self._requester = None
        return self._token

    def connection(self) -> Requester:
        """PyGithub's requester with a token of the installation."""
        token = self.token()
        if self._requester is None:
            from github.Auth import Token

            self._requester = requester(Token(token), self._credentials.api_url, self._credentials.limits)
        return self._requester

    def login(self, calls: Calls) -> str:
        """The App's name with ``[bot]``."""
        del calls
        return self._credentials.author or f"{self._installed()[1]}[bot]"

    def close(self) -> None:
        """Closes what is open."""
        for made in (self._jwt, self._requester):
            if made is not None:
                made.close()
