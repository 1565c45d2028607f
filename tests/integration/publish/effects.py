"""Every effect of a publishing run, recorded and interrupted: requests of the forge's connection, programs, files.

The list of points is taken from a recorded real run. A point is an effect and a fault; faults come before the effect, so that it does
not happen, or after it took place, so that nobody is told. Only the publishing thread is watched: the sandbox runs in the same process.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from wardround import files, proc


class Crash(BaseException):
    """The process ends here; nothing catches it."""


@dataclass(frozen=True)
class Effect:
    """``kind``: http, program or file; ``name``: the request without its host, the program, the file's name."""

    kind: str
    name: str


def _answer(request: Any, status: int, message: str, headers: dict[str, str] | None = None) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made.headers.update({"Content-Type": "application/json", **(headers or {})})
    made.raw = io.BytesIO(json.dumps({"message": message}).encode())
    made.request, made.url = request, request.url
    return made


def _raises(error: Callable[[], BaseException]) -> Callable[[Any], Any]:
    def strike(_about: Any) -> Any:
        raise error()

    return strike


#: What is another in each run: the comment's number, and commits that carry the time.
_NUMBERS = re.compile(r"(?<=/comments/)\d+|\b[0-9a-f]{40}\b")
_LIMIT = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
#: Of each kind: faults in the place of the effect, and faults after it.
BEFORE: dict[str, dict[str, Callable[[Any], Any]]] = {
    "http": {
        "crash": _raises(Crash),
        "500": lambda request: _answer(request, 500, "Server Error"),
        "503": lambda request: _answer(request, 503, "Unavailable", {"Retry-After": "0"}),
        "limit": lambda request: _answer(request, 403, _LIMIT, {"Retry-After": "0"}),
        "time-out": _raises(lambda: requests.ReadTimeout("no answer")),
        "reset": _raises(lambda: requests.ConnectionError("connection reset by peer")),
    },
    "program": {"crash": _raises(Crash), "exception": _raises(lambda: OSError(errno.ENOMEM, "no memory"))},
    "file": {"crash": _raises(Crash), "exception": _raises(lambda: OSError(errno.ENOSPC, "no space left"))},
}
AFTER: dict[str, dict[str, Callable[[Any], Any]]] = {
    "http": {
        "crash": _raises(Crash),
        "time-out": _raises(lambda: requests.ReadTimeout("no answer")),
        "reset": _raises(lambda: requests.ConnectionError("connection reset by peer")),
        "502": lambda request: _answer(request, 502, "Bad Gateway"),
    },
    "program": {"crash": _raises(Crash), "failed": lambda _process: 1},
    "file": {"crash": _raises(Crash), "exception": _raises(lambda: OSError(errno.EIO, "input/output error"))},
}


#: In the place of a number: the first effect of that name, wherever the run comes to it.
ANYWHERE = -1


@dataclass(frozen=True)
class Point:
    """One try: the effect's place in the recorded run, when the fault strikes, and which."""

    number: int
    effect: Effect
    when: str
    fault: str

    def __str__(self) -> str:
        return f"{self.fault} {self.when} {self.number}: {self.effect.kind} {self.effect.name}"


def points(seen: list[Effect]) -> list[Point]:
    """Every fault at every recorded effect."""
    return [
        Point(number, effect, when, fault)
        for number, effect in enumerate(seen)
        for when, faults in (("before", BEFORE), ("after", AFTER))
        for fault in faults[effect.kind]
    ]


@dataclass
class Injector:
    """Watches the thread that made it. ``seen`` are the effects of the present run; ``struck`` says that the fault came."""

    point: Point | None = None
    seen: list[Effect] = field(default_factory=list)
    struck: bool = False
    on: bool = False
    thread: int = field(default_factory=threading.get_ident)

    @contextlib.contextmanager
    def run(self, point: Point | None = None) -> Iterator[None]:
        """Effects inside are recorded; at ``point`` its fault strikes, once."""
        self.point, self.seen, self.struck, self.on = point, [], False, True
        try:
            yield
        finally:
            self.on = False

    @property
    def watching(self) -> bool:
        return self.on and threading.get_ident() == self.thread

    def begin(self, effect: Effect) -> int:
        self.seen.append(effect)
        return len(self.seen) - 1

    def fault(self, number: int, when: str) -> Callable[[Any], Any] | None:
        """The fault that strikes now, if one does."""
        point = self.point
        if point is None or self.struck or point.when != when:
            return None
        if point.number == ANYWHERE:
            if self.seen[number] != point.effect:
                return None
        elif point.number != number:
            return None
        else:
            assert self.seen[number] == point.effect, "the run does not go as the recorded one did"
        self.struck = True
        return (BEFORE if when == "before" else AFTER)[point.effect.kind][point.fault]


def installed(patch: pytest.MonkeyPatch) -> Injector:
    """An injector around everything that leaves this process."""
    injector = Injector()
    _watch_requests(patch, injector)
    _watch_programs(patch, injector)
    _watch_files(patch, injector)
    return injector


def _watch_requests(patch: pytest.MonkeyPatch, injector: Injector) -> None:
    real = requests.adapters.HTTPAdapter.send

    def send(adapter: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not injector.watching:
            return real(adapter, request, *args, **kwargs)
        path = urlsplit(request.url).path
        named = _NUMBERS.sub("ID", path.removeprefix("/api/v3/repos/hospital/readmission"))
        name = "GET the file" if path.startswith("/_files/") else f"{request.method} {named}"
        number = injector.begin(Effect("http", name))
        if (strike := injector.fault(number, "before")) is not None:
            return strike(request)
        answer = real(adapter, request, *args, **kwargs)
        if (strike := injector.fault(number, "after")) is not None:
            answer.close()
            return strike(request)
        return answer

    patch.setattr(requests.adapters.HTTPAdapter, "send", send)


def _watch_programs(patch: pytest.MonkeyPatch, injector: Injector) -> None:
    class Watched(subprocess.Popen[Any]):
        number = -1

        def communicate(self, *args: Any, **kwargs: Any) -> Any:
            done = super().communicate(*args, **kwargs)
            if self.number >= 0 and (strike := injector.fault(self.number, "after")) is not None:
                self.returncode = strike(self)
            return done

    def start(args: list[str], **kwargs: Any) -> subprocess.Popen[Any]:
        if not injector.watching:
            return subprocess.Popen(args, **kwargs)
        number = injector.begin(Effect("program", args[0].rpartition("/")[2]))
        if (strike := injector.fault(number, "before")) is not None:
            strike(None)
        process = Watched(args, **kwargs)
        process.number = number
        return process

    class Programs:
        """The module ``subprocess``, with another way to start."""

        Popen = staticmethod(start)

        def __getattr__(self, name: str) -> Any:
            return getattr(subprocess, name)

    patch.setattr(proc, "subprocess", Programs())


def _watch_files(patch: pytest.MonkeyPatch, injector: Injector) -> None:
    flush, remove = files._fsync, files._remove
    open_writes: dict[Any, int] = {}

    def before(path: Any) -> None:
        if injector.watching:
            name = path.name.rsplit(".", 2)[0].removeprefix(".")
            name = "artifact.zip" if name.startswith("artifact-") else name
            number = open_writes[path] = injector.begin(Effect("file", name))
            if (strike := injector.fault(number, "before")) is not None:
                strike(path)
        flush(path)
        if injector.watching and not path.name.startswith(
            "."
        ):  # one of a directory's files: it is there, its directory not yet
            after_flush = injector.fault(open_writes.pop(path), "after")
            if after_flush is not None:
                after_flush(path)

    def after(path: Any) -> None:
        remove(path)
        number = open_writes.pop(path, None)
        if number is not None and injector.watching and (strike := injector.fault(number, "after")) is not None:
            strike(path)

    patch.setattr(files, "_fsync", before)
    patch.setattr(files, "_remove", after)
