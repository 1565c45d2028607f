"""What the parts of the GitHub implementation share: the calls, the repository's address, and safe paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote

from wardround.errors import UsageError
from wardround.forge.calls import Calls
from wardround.forge.errors import CouldNotCheck, NotThere

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]+")


def checked_repository(name: str) -> str:
    """``owner/name`` as it may stand in an address; anything else is :class:`UsageError`."""
    if _REPOSITORY.fullmatch(name) is None or name.split("/")[1] in {".", ".."}:
        raise UsageError(
            "this is no repository of a forge", where="GITHUB_REPOSITORY", wanted="owner/name", found=repr(name[:100])
        )
    return name


def quoted(name: str) -> str:
    """A branch, tag, file or label name for an address. No part of it may lead elsewhere, as ``..`` would."""
    if not name or any(part in {"", ".", ".."} for part in name.split("/")):
        raise UsageError("this name cannot stand in an address of the forge", found=repr(name[:100]))
    return quote(name, safe="/")


def same_repository(one: str, other: str) -> bool:
    """GitHub's names keep the case that was typed, and mean the same in any."""
    return one.casefold() == other.casefold()


class Part:
    """One group of operations on one repository."""

    def __init__(self, calls: Calls, repository: str, author: Callable[[], str]) -> None:
        self._calls = calls
        self._repository = checked_repository(repository)
        self._root = f"/repos/{repository}"
        self._author = author
        self._login = ""

    @property
    def repository(self) -> str:
        """``owner/name``."""
        return self._repository

    @property
    def calls(self) -> int:
        """How many API requests were sent, retries included."""
        return self._calls.count.sent

    def author(self) -> str:
        """Our own login, asked for once."""
        if not self._login:
            self._login = self._author()
        return self._login

    @contextmanager
    def _repository_there(self) -> Iterator[None]:
        """A list of the repository itself that is not there: wrong name, or a token that may not see it."""
        try:
            yield
        except NotThere as error:
            raise CouldNotCheck(
                "the repository is not there, or the token may not see it",
                where=self.repository,
                found=error.problems[0].found,
                next="check GITHUB_REPOSITORY and what the token may read",
            ) from error
