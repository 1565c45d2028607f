"""Which switches an engine needs on this machine: found by starting a container and running something in it, never by assuming.

Some kernels and sandboxes refuse what engines do by default (limits that cannot be raised, one of the runtimes, a network namespace).
The first combination in which a program inside really ran is kept for the rest of the process.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from wardround.errors import EnvironmentFailure
from wardround.proc import Command, run

#: Prints the network interfaces that a program inside sees.
_LOOK = "print(*[line.split(':')[0].strip() for line in open('/proc/net/dev').readlines()[2:]])"
_SLEEP = "import time; time.sleep(120)"
_LIMITS = ("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096")
HARDENED = ("--cap-drop", "ALL", "--security-opt", "no-new-privileges")


@dataclass(frozen=True)
class Switches:
    """``engine`` stand before ``run``, ``run`` behind it; ``network`` is ``none`` where a program inside saw no interface."""

    engine: tuple[str, ...]
    run: tuple[str, ...]
    network: str


_FOUND: dict[tuple[str, str], Switches] = {}


def switches(program: str, base: str) -> Switches:
    """The switches with which ``program`` runs the local image ``base``. Raises :class:`EnvironmentFailure` when none works."""
    key = (program, base)
    if key not in _FOUND:
        _FOUND[key] = _probe(program, base)
    return _FOUND[key]


def _candidates(program: str) -> Iterator[Switches]:
    runtimes: tuple[tuple[str, ...], ...] = ((), ("--runtime", "runc")) if program == "podman" else ((),)
    for network in ("none", "host"):
        for limits in ((), _LIMITS):
            for runtime in runtimes:
                yield Switches(runtime, (*HARDENED, *limits, "--network", network), network)


def _probe(program: str, base: str) -> Switches:
    words: list[str] = []
    for candidate in _candidates(program):
        seen, said = _try(program, base, candidate)
        if seen is None:
            words.append(said)
        elif candidate.network == "host" or not set(seen) - {"lo"}:
            return candidate
    raise EnvironmentFailure(
        f"{program} cannot run a container here",
        where=f"--engine {program}",
        found=" | ".join(dict.fromkeys(filter(None, words)))[-500:],
        next="repair what it says, or --engine none: then there is no image",
    )


def _try(program: str, base: str, candidate: Switches) -> tuple[list[str] | None, str]:
    """The interfaces that a program inside sees; None, and the engine's words, when nothing ran."""
    name = f"wardround-probe-{secrets.token_hex(8)}"
    command = [program, *candidate.engine, "run", "--detach", "--pull", "never", "--name", name, *candidate.run]
    command += ["--read-only", "--entrypoint", "python3", base, "-c", _SLEEP]
    try:
        started = run(Command(command, timeout=120))
        if not started.ok:
            return None, _last(started.err)
        looked = run(Command([program, *candidate.engine, "exec", name, "python3", "-c", _LOOK], timeout=60))
        return (looked.out.split(), "") if looked.ok else (None, _last(looked.err))
    finally:
        run(Command([program, *candidate.engine, "kill", name], timeout=60))
        run(Command([program, *candidate.engine, "rm", "--force", name], timeout=60))


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][-200:] if lines else ""
