"""Asks a service over HTTP. A question that may have been answered is asked again under the same name, so the log has one answer."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from wardround.client.answers import Explanation, Prediction
from wardround.errors import ContractViolation, EnvironmentFailure, Problem, UsageError, WardroundError

if TYPE_CHECKING:
    import requests

Record = Mapping[str, Any]
_AGAIN = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Patience:
    """How long a client waits. ``answer`` for one answer, in seconds; ``attempts`` in all; ``longest`` between two, in seconds."""

    answer: float = 10.0
    attempts: int = 5
    longest: float = 10.0


class _Again(Exception):
    """An attempt that failed in a way that may pass."""

    def __init__(self, failure: WardroundError, wait: float | None = None) -> None:
        super().__init__()
        self.failure = failure
        self.wait = wait


class Client:
    """A service at ``url``, as ``https://readmission.example.org``. Connections are kept; close it, or use it in ``with``.

    ``headers`` are sent with every request: what a proxy before the service wants.
    """

    def __init__(
        self, url: str, *, patience: Patience | None = None, headers: Mapping[str, str] | None = None, chunk: int = 500
    ) -> None:
        """``chunk`` is how many encounters :meth:`predict` sends in one request."""
        import requests

        self.url = url.rstrip("/")
        self.patience = patience or Patience()
        self.chunk = chunk
        self._session: requests.Session = requests.Session()
        self._session.headers.update({"Content-Type": "application/json", **(headers or {})})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def predict_one(self, encounter: Record, history: Sequence[Record] = ()) -> Prediction:
        """The answer to one encounter with the earlier encounters of its subject.

        Raises :class:`ContractViolation` that lists the fields which the contract refuses, :class:`UsageError` for a request that is
        too large or of another form, :class:`EnvironmentFailure` when no answer came after all attempts.
        """
        told = self._ask("/predict", {"encounter": encounter, "history": list(history)})
        return self._predictions(told, 1)[0]

    def predict(self, encounters: Iterable[tuple[Record, Sequence[Record]]]) -> Iterator[Prediction]:
        """The answers to encounters with their histories, in order, as they come: any number, some at a time. Errors as in :meth:`predict_one`."""
        waiting = iter(encounters)
        while some := list(islice(waiting, self.chunk)):
            items = [{"encounter": encounter, "history": list(history)} for encounter, history in some]
            yield from self._predictions(self._ask("/predict", {"encounters": items}), len(items))

    def explain(self, encounter: Record, history: Sequence[Record] = ()) -> Explanation:
        """One answer and what it is made of. Errors as in :meth:`predict_one`; :class:`UsageError` when the model has no explanation."""
        told = self._ask("/explain", {"encounter": encounter, "history": list(history)})
        return Explanation.parse(told, told)

    def model(self) -> dict[str, Any]:
        """What the service says of itself: version, commit, digests, thresholds."""
        return self._ask("/model", None)

    def ready(self) -> bool:
        """Whether it can answer now; asked once."""
        try:
            return bool(self._once("/readyz", None, "").get("ready", True))
        except (_Again, WardroundError):
            return False

    def _predictions(self, told: Record, count: int) -> list[Prediction]:
        given = told.get("predictions")
        if not isinstance(given, list) or len(given) != count:
            raise EnvironmentFailure(
                "the service did not answer every encounter",
                where=f"{self.url}/predict",
                wanted=f"{count} predictions",
                next="check the address, and what stands between it and the service",
            )
        return [Prediction.parse(item, told) for item in given]

    def _ask(self, path: str, body: Any) -> dict[str, Any]:
        import stamina

        content = None if body is None else json.dumps(body, allow_nan=False).encode()
        name = secrets.token_hex(16)

        def again(error: Exception) -> bool | float:
            if not isinstance(error, _Again):
                return False
            return True if error.wait is None else min(error.wait, self.patience.longest)

        try:
            for attempt in stamina.retry_context(
                on=again,
                attempts=self.patience.attempts,
                timeout=None,
                wait_initial=0.1,
                wait_max=self.patience.longest,
                wait_jitter=0.1,
            ):
                with attempt:
                    return self._once(path, content, name)
        except _Again as error:
            raise error.failure from None
        raise AssertionError(path)  # stamina ends by a result or an error

    def _once(self, path: str, content: bytes | None, name: str) -> dict[str, Any]:
        import requests

        where = f"{self.url}{path}"
        headers = {"X-Request-ID": name} if content is not None else {}
        try:
            answer = self._session.request(
                "GET" if content is None else "POST", where, data=content, headers=headers, timeout=self.patience.answer
            )
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise _Again(_silent(where, type(error).__name__)) from None
        except requests.RequestException as error:
            raise UsageError(
                "this is no address of a service", where=where, found=type(error).__name__, wanted="https://HOST"
            ) from None
        if answer.status_code in _AGAIN:
            raise _Again(_silent(where, f"status {answer.status_code}"), _seconds(answer.headers.get("Retry-After")))
        try:
            told = answer.json()
        except ValueError:
            told = None
        if answer.status_code != 200:
            raise _refused(where, answer.status_code, told)
        if not isinstance(told, dict):
            raise EnvironmentFailure("the answer is not JSON", where=where, next="check the address")
        return told


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdigit() else None


def _silent(where: str, found: str) -> EnvironmentFailure:
    return EnvironmentFailure(
        "the service does not answer",
        where=where,
        found=found,
        next="is it running, and can this machine reach it? /readyz says whether it can answer",
    )


def _refused(where: str, status: int, told: Any) -> WardroundError:
    error = told.get("error") if isinstance(told, dict) else None
    said = error if isinstance(error, dict) else {}
    what = str(said.get("what") or "the service refuses the request")
    listed = [item for item in said.get("problems", ()) if isinstance(item, dict)]
    problems = [
        Problem(
            what, where=str(item.get("field") or where), wanted=str(item.get("wanted", "")), found=f"status {status}"
        )
        for item in listed
    ] or [Problem(what, where=where, found=f"status {status}")]
    if status == 422:
        return ContractViolation(problems=problems)
    return (UsageError if status < 500 else EnvironmentFailure)(problems=problems)
