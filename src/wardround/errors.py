"""Every failure that Wardround explains to a person, and the exit code that it ends in.

A message says what went wrong, where (file and key), what was wanted, what was found, and what to do next. Several
failures of one kind are reported together. A message never holds a cell value of patient data.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """What the command line answers to the shell (DESIGN §3)."""

    PASS = 0
    BUG = 1
    USAGE = 2
    COULD_NOT_CHECK = 3
    CONTRACT = 10
    GATE = 11
    MONITORING = 12
    GOVERNANCE = 13
    INTERRUPTED = 130


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Every field but ``what`` may be empty. ``where`` names a file and, after a colon, a key or column.
    """

    what: str
    where: str = ""
    wanted: str = ""
    found: str = ""
    next: str = ""

    def lines(self) -> list[str]:
        """The problem as the lines that a terminal shows, most important first."""
        labelled = [("where", self.where), ("wanted", self.wanted), ("found", self.found), ("next", self.next)]
        return [self.what, *(f"  {label + ':':<8}{text}" for label, text in labelled if text)]


class WardroundError(Exception):
    """Base of all explained failures; carries one or more :class:`Problem`."""

    exit_code: ExitCode = ExitCode.BUG

    def __init__(  # noqa: PLR0913 - the parts of a message, all by name
        self,
        what: str = "",
        *,
        where: str = "",
        wanted: str = "",
        found: str = "",
        next: str = "",  # noqa: A002 - the word that the message itself uses
        problems: Iterable[Problem] = (),
    ) -> None:
        first = (Problem(what, where, wanted, found, next),) if what else ()
        self.problems: Sequence[Problem] = (*first, *problems)
        super().__init__("\n".join(line for problem in self.problems for line in problem.lines()))


class UsageError(WardroundError):
    """The command, a parameter or a file that a person wrote is wrong: exit 2."""

    exit_code = ExitCode.USAGE


class EnvironmentFailure(WardroundError):
    """The machine, the network, storage or credentials prevented the check: exit 3."""

    exit_code = ExitCode.COULD_NOT_CHECK


class ContractViolation(WardroundError):
    """The incoming table does not satisfy the contract: exit 10."""

    exit_code = ExitCode.CONTRACT


class GateRefusal(WardroundError):
    """A rule refused, or could not tell: exit 11."""

    exit_code = ExitCode.GATE


class GovernanceFinding(WardroundError):
    """A governance or privacy rule was broken: exit 13."""

    exit_code = ExitCode.GOVERNANCE


class MissingPackage(EnvironmentFailure):
    """A package that this work needs is not installed; the rest of the command would do without it."""


class MissingExtra(MissingPackage):
    """A command needs an optional dependency that is not installed."""

    def __init__(self, extra: str, package: str) -> None:
        super().__init__(
            f"this needs the package {package}, which is not installed",
            wanted=f"the extra wardround[{extra}]",
            next=f"python -m pip install 'wardround[{extra}]'",
        )


#: Errors of the operating system that no change of code or data mends.
_MACHINE = frozenset(
    (
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.ESTALE,
    )
)


def machine_failure(error: OSError) -> EnvironmentFailure | None:
    """A full disk, a missing permission or the like as an explained failure; None when the mistake is another."""
    if error.errno not in _MACHINE:
        return None
    return EnvironmentFailure(
        f"this machine does not let a file be read or written: {os.strerror(error.errno)}",
        where=str(error.filename or ""),
        next="free space or fix permissions, then run the same command again: nothing was left half-written",
    )
