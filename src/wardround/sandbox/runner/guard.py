"""Starts one program and sees to it that nothing of it outlives its end. Run as a script, by path, never imported.

act puts every step into a process group of its own, so a signal to one group does not reach them. This process adopts
whatever its descendants leave behind (Linux), and when it is asked to stop, or its parent dies, it ends all of them.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
#: Seconds that descendants have to end by themselves.
GRACE = 1.0


def descendants() -> list[int]:
    """Every process below this one, by its own account of parents."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir() if sys.platform == "linux" else ():
        if entry.name.isdigit():
            try:
                after = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            if after[0] != "Z":
                children.setdefault(int(after[1]), []).append(int(entry.name))
    found, waiting = [], [os.getpid()]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def end_all(child: int) -> None:
    """Asks, waits a little, then makes."""
    for how, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, GRACE)):
        end = time.monotonic() + patience
        first = True
        while first or time.monotonic() < end:
            left = descendants()
            if sys.platform == "linux" and not left:
                return
            if first or how == signal.SIGKILL:
                for pid in left or ([child] if child else []):
                    try:
                        os.kill(pid, how)
                    except ProcessLookupError:
                        continue
            first = False
            reap()
            time.sleep(0.02)


def reap() -> dict[int, int]:
    """Waits for what has ended: process id to wait status."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended[pid] = status


class Stop(Exception):
    """Somebody asked for the end."""


def _asked(_number: int, _frame: object) -> None:
    raise Stop


def _on_request(what: Any) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, what)


def _become(given: dict[str, Any], library: ctypes.CDLL) -> NoReturn:
    """The child: turns into the program."""
    try:
        _on_request(signal.SIG_DFL)
        if sys.platform == "linux":
            library.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        os.chdir(given["cwd"])
        os.execve(given["args"][0], given["args"], given["env"])  # noqa: S606 - an argument list, no shell
    except OSError as error:
        sys.stderr.write(f"{given['args'][0]}: {error.strerror}\n")
        sys.stderr.flush()
    finally:
        os._exit(127)


def main(order: Path) -> int:
    """Runs what the file ``order`` says and answers with its exit code, 143 when it was stopped."""
    given = json.loads(order.read_text(encoding="utf-8"))
    library = ctypes.CDLL(None)
    if sys.platform == "linux":
        library.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = 0
    _on_request(_asked)
    try:
        if os.getppid() != int(given["parent"]):
            return 143  # the parent died before this process could be told
        child = os.fork()
        if child == 0:
            _become(given, library)
        while True:
            pid, status = os.waitpid(-1, 0)
            if pid == child:
                break
    except Stop:
        _on_request(signal.SIG_IGN)
        end_all(child)
        return 143
    _on_request(signal.SIG_IGN)
    end_all(0)
    return os.waitstatus_to_exitcode(status) & 0xFF


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
