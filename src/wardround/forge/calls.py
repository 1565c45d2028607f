"""Requests to the forge: counted, limited in time, and sent again where that is safe. The only retry layer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from wardround.forge.answers import Again, Answer, Ask, check, plain
from wardround.forge.connection import PER_PAGE, Limits
from wardround.forge.errors import CouldNotCheck, NotThere
from wardround.forge.words import check_words

if TYPE_CHECKING:
    from github.Requester import Requester

T = TypeVar("T")

#: More pages than any list that Wardround asks for has: 20,000 items.
_PAGES = 200


@dataclass
class Count:
    """How many requests were sent, repetitions included."""

    sent: int = 0


class Calls:
    """Sends requests. ``connection`` gives PyGithub's requester for the next one, so that a token can be renewed."""

    def __init__(self, connection: Callable[[], Requester], limits: Limits, count: Count) -> None:
        self.connection = connection
        self.limits = limits
        self.count = count

    def read(self, path: str, **query: Any) -> Any:
        """The JSON of a GET."""
        return self._json(Ask("GET", path, query))

    def read_or_none(self, path: str, **query: Any) -> Any:
        """The JSON of a GET, or None when there is no such thing."""
        try:
            return self.read(path, **query)
        except NotThere:
            return None

    def pages(self, path: str, key: str = "", **query: Any) -> Iterator[Any]:
        """The items of all pages of a list, which may be under ``key``, page by page as they are asked for."""
        for page in range(1, _PAGES + 1):
            ask = Ask("GET", path, {**query, "per_page": PER_PAGE, "page": page})
            answer = self.send(ask)
            with understood(ask):
                items = _parse(answer)[key] if key else _parse(answer)
                if not isinstance(items, list):
                    raise TypeError
            yield from items
            if 'rel="next"' not in answer.headers.get("link", "") or not items:
                return
        raise CouldNotCheck("the forge's list does not end", where=path, found=f"{_PAGES} pages")

    def change(
        self, verb: str, path: str, body: Mapping[str, Any] | None = None, *, look: Callable[[], T | None] | None = None
    ) -> T | Any:
        """Sends a change and returns its JSON (None for an empty answer).

        ``look`` belongs to a change that must not happen twice: it is asked before each repetition whose forerunner
        may have taken effect, and what it finds is the result. Without it the change is one that may be repeated.
        Words with an identifier of a patient are not sent.
        """
        check_words(path, body)
        ask = Ask(verb, path, body=body)
        return self._tried(ask, lambda: _parse(self._once(ask)), look)

    def send(self, ask: Ask) -> Answer:
        """One request that may be repeated, as it came back."""
        answer: Answer = self._tried(ask, lambda: self._once(ask), None)
        return answer

    def _json(self, ask: Ask) -> Any:
        return self._tried(ask, lambda: _parse(self._once(ask)), None)

    def _tried(self, ask: Ask, once: Callable[[], Any], look: Callable[[], T | None] | None) -> Any:
        import stamina

        deadline = time.monotonic() + self.limits.total
        unsure = False

        def again(error: Exception) -> bool | float:
            if not isinstance(error, Again):
                return False
            wait = self.limits.wait if error.wait is None else error.wait
            if time.monotonic() + wait > deadline:
                return False
            return True if error.wait is None else error.wait

        try:
            for attempt in stamina.retry_context(
                on=again,
                attempts=self.limits.attempts,
                timeout=None,
                wait_initial=self.limits.wait,
                wait_max=self.limits.wait_max,
                wait_jitter=self.limits.wait,
            ):
                with attempt:
                    if unsure and look is not None and (found := look()) is not None:
                        return found
                    try:
                        return once()
                    except Again as error:
                        unsure = unsure or error.unsure
                        raise
        except Again as error:
            raise error.failure from None
        raise AssertionError(str(ask))  # stamina ends by a result or an error

    def _once(self, ask: Ask) -> Answer:
        import requests

        connection = self.connection()
        self.count.sent += 1
        try:
            status, headers, text = connection.requestJson(
                ask.verb, ask.path, dict(ask.query), None, dict(ask.body) if ask.body is not None else None
            )
        except requests.RequestException as error:
            raise broken(str(ask), error) from None
        except (RuntimeError, AssertionError) as error:
            raise CouldNotCheck(
                "the forge sent the request elsewhere",
                where=str(ask),
                found=plain(str(error)),
                next="set GITHUB_API_URL and GITHUB_REPOSITORY to the names that hold now",
            ) from None
        answer = Answer(status, {str(key).lower(): str(value) for key, value in headers.items()}, text)
        check(ask, answer, self.limits.pause)
        return answer


def _parse(answer: Answer) -> Any:
    if not answer.text:
        return None
    try:
        return json.loads(answer.text)
    except ValueError:
        failure = CouldNotCheck(
            "the forge's answer is not JSON",
            found=plain(answer.text[:80]),
            next="check that GITHUB_API_URL is the API, and no proxy or sign-on page answers for it",
        )
        raise Again(failure) from None


def broken(where: str, error: Exception) -> Exception:
    """A failure of the network as what to do about it; never with an address, which may hold a signature."""
    import requests

    name = type(error).__name__
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return CouldNotCheck(
            "the forge's certificate is not trusted",
            where=where,
            found="certificate verify failed",
            next="put your organisation's certificate authority in a file and name it in REQUESTS_CA_BUNDLE",
        )
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema)):
        return CouldNotCheck("the forge's address is not valid", where=where, found=name)
    said = "no answer in time" if isinstance(error, requests.Timeout) else "the connection failed"
    return Again(
        CouldNotCheck(
            f"the forge cannot be reached: {said}",
            where=where,
            found=name,
            next="check the network, proxy and GITHUB_API_URL, then run the same command again",
        )
    )


@contextmanager
def understood(what: object) -> Iterator[None]:
    """An answer whose shape is not GitHub's is no usable answer."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise CouldNotCheck(
            "the forge's answer has not the shape that GitHub documents",
            where=str(what),
            found=f"{type(error).__name__}: {plain(str(error))}",
            next="check that GITHUB_API_URL is GitHub's API or one that answers alike",
        ) from error
