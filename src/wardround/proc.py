"""The only place that runs other programs: argument lists, no shell, a time limit, its own process group."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from wardround.errors import EnvironmentFailure

#: Switches off the usage reports of the tools that Wardround runs.
QUIET = {"DVC_NO_ANALYTICS": "1", "BENTOML_DO_NOT_TRACK": "True", "ITERATIVE_DO_NOT_TRACK": "1", "DO_NOT_TRACK": "1"}


#: Linux: a child is told to end when its parent dies, however that happens. Elsewhere only Ctrl-C and SIGTERM reach it.
_PRCTL = getattr(ctypes.CDLL(None), "prctl", None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def end_with_parent(how: signal.Signals = signal.SIGTERM) -> None:
    """Asks the kernel to send ``how`` to this process when its parent dies, so that a killed review leaves nothing running."""
    if _PRCTL is not None:
        _PRCTL(_PR_SET_PDEATHSIG, int(how), 0, 0, 0)


#: git's reading, and settings. What it reads goes into a pipe to this process: without a reader it ends by itself.
_READING = frozenset(
    {"cat-file", "check-ref-format", "config", "diff", "diff-tree", "for-each-ref", "log", "ls-files", "ls-tree"}
    | {"merge-base", "name-rev", "rev-list", "rev-parse", "show", "symbolic-ref", "version"}
)
_WITH_VALUE = frozenset({"-c", "-C"})


def _ends_alone(args: Sequence[str]) -> bool:
    """Whether a program needs nobody to end it when its parent dies.

    To tell the kernel, the child must run code of this process first, so all of its memory is mapped a second time: 50 ms for
    a process of 400 MB, against 4 ms where a child starts at once.
    """
    if not args or Path(args[0]).name != "git":
        return False
    words = iter(args[1:])
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return word in _READING
    return True


def _first(args: Sequence[str]) -> Callable[[], None] | None:
    """What a child does before it becomes the program."""
    return None if _ends_alone(args) else end_with_parent


@dataclass(frozen=True)
class Command:
    """A program to run.

    ``env`` is added to this process's environment; ``timeout`` is in seconds; with ``stream`` the program writes to
    this process's own standard error instead of being captured.
    """

    args: Sequence[str]
    cwd: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 3600.0
    stream: bool = False
    stdin: str | None = None


@dataclass(frozen=True)
class Finished:
    """What a program answered. ``code`` is negative when a signal ended it."""

    code: int
    out: str
    err: str

    @property
    def ok(self) -> bool:
        """Whether the program reported success."""
        return self.code == 0


def run(command: Command) -> Finished:
    """Runs ``command`` to its end.

    Raises :class:`EnvironmentFailure` when the program is not there or exceeds its time limit; a non-zero exit is
    returned, because its meaning is the caller's. On Ctrl-C or time-out the whole process group is ended.
    """
    try:
        process = subprocess.Popen(
            list(command.args),
            cwd=command.cwd,
            env={**os.environ, **QUIET, **command.env},
            stdin=subprocess.PIPE if command.stdin is not None else subprocess.DEVNULL,
            stdout=2 if command.stream else subprocess.PIPE,
            stderr=None if command.stream else subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            preexec_fn=_first(command.args),  # noqa: PLW1509 - one call into the C library, which takes no lock
        )
    except OSError as error:
        raise _cannot_run(command, error) from error
    with process:
        try:
            out, err = process.communicate(command.stdin, timeout=command.timeout)
        except subprocess.TimeoutExpired as error:
            _end(process)
            raise _too_long(command) from error
        except BaseException:
            _end(process)
            raise
    return Finished(process.returncode, out or "", err or "")


def run_lines(
    command: Command, on_line: Callable[[str], None], on_start: Callable[[int], None] | None = None
) -> Finished:
    """Runs ``command`` and hands over each line of its output and errors as it comes; both are in ``out`` at the end.

    For long work that shows progress. There is no time limit but the caller's patience; Ctrl-C ends the group.
    ``on_start`` is told the process's id, so that another thread can end it.
    """
    try:
        process = subprocess.Popen(
            list(command.args),
            cwd=command.cwd,
            env={**os.environ, **QUIET, **command.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            preexec_fn=_first(command.args),  # noqa: PLW1509 - one call into the C library, which takes no lock
        )
    except OSError as error:
        raise _cannot_run(command, error) from error
    lines = []
    with process:
        assert process.stdout is not None
        try:
            if on_start is not None:
                on_start(process.pid)
            for line in process.stdout:
                lines.append(line)
                on_line(line.rstrip("\n"))
            code = process.wait()
        except BaseException:
            _end(process)
            raise
    return Finished(code, "".join(lines), "")


def run_files(command: Command, source: IO[bytes] | None, sink: IO[bytes]) -> Finished:
    """Runs ``command`` with open files as its input and output: bytes that are no text, or too many to hold.

    Errors as in :func:`run`; ``out`` of the answer is empty, because the output is in ``sink``.
    """
    try:
        process = subprocess.Popen(
            list(command.args),
            cwd=command.cwd,
            env={**os.environ, **QUIET, **command.env},
            stdin=subprocess.DEVNULL if source is None else source,
            stdout=sink,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_first(command.args),  # noqa: PLW1509 - one call into the C library, which takes no lock
        )
    except OSError as error:
        raise _cannot_run(command, error) from error
    with process:
        try:
            _, err = process.communicate(timeout=command.timeout)
        except subprocess.TimeoutExpired as error:
            _end(process)
            raise _too_long(command) from error
        except BaseException:
            _end(process)
            raise
    return Finished(process.returncode, "", err.decode("utf-8", "replace"))


def _too_long(command: Command) -> EnvironmentFailure:
    return EnvironmentFailure(
        f"the program {command.args[0]} took longer than {command.timeout:.0f} s and was stopped",
        where=" ".join(command.args),
        next="look at what it waits for, or raise the limit",
    )


def _cannot_run(command: Command, error: OSError) -> EnvironmentFailure:
    return EnvironmentFailure(
        f"the program {command.args[0]} cannot be run: {error.strerror}",
        where=str(command.cwd or "."),
        next="run `wardround doctor`, which says what is missing and how to install it",
    )


def _end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """Asks the group to stop, then makes it."""
    for step in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, step)
        except ProcessLookupError:
            return
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            continue
        return
