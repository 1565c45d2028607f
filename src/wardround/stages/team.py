"""The team's own functions in ``pipelines/``, loaded from their file and run with their mistakes explained.

A file is run on its own, outside ``sys.modules``: base's and head's code may be loaded in one process and must not see each other.
"""

from __future__ import annotations

import re
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardround.errors import UsageError, WardroundError


@dataclass(frozen=True)
class TeamFunction:
    """One function of a team's file; ``where`` is what messages call the file."""

    call: Callable[..., Any]
    where: str
    source: str

    @contextmanager
    def explained(self, doing: str, *, next: str = "") -> Iterator[None]:  # noqa: A002 - the word of the message
        """Turns whatever the team's code raises into a :class:`UsageError` that names the line.

        An error's text may quote a patient's value, so only its type is shown; and, of a missing column or key, the name if the
        team's own source spells it.
        """
        try:
            yield
        except (WardroundError, MemoryError):
            raise
        except (Exception, SystemExit) as error:
            raise UsageError(
                f"{doing}: {type(error).__name__}{self._spelt(error)}",
                where=self._place(error),
                next=next or "correct the line; its own message is not shown, because it may quote a patient's value",
            ) from error

    def _spelt(self, error: BaseException) -> str:
        if isinstance(error, KeyError | AttributeError | NameError | ImportError):
            named = [getattr(error, "name", None), *(error.args[:1] if isinstance(error, KeyError) else ())]
            words = [
                word for item in named if isinstance(item, str) for word in (item, *re.findall(r"'([^']+)'", item))
            ]
            known = [word for word in dict.fromkeys(words) if word in self.source]
            return f" ({', '.join(known)})" if known else ""
        return ""

    def _place(self, error: BaseException) -> str:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == self.where]
        return f"{self.where}:{lines[-1]}" if lines else self.where


def load(path: Path, name: str, *, example: str) -> TeamFunction:
    """The function ``name`` of the file at ``path``.

    Raises :class:`UsageError` with file and line when the file is missing, is no Python, does not run, or has no such function;
    ``example`` is what the message wants.
    """
    where = "/".join(path.parts[-2:])
    try:
        source = path.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise UsageError(f"there is no {where}", where=str(path), wanted=example, next="write it") from error
    except UnicodeDecodeError as error:
        raise UsageError(
            "the file is not UTF-8 text", where=f"{where}: byte {error.start}", next="save it as UTF-8"
        ) from error
    try:
        code = compile(source, where, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise UsageError(
            f"the file is not valid Python: {getattr(error, 'msg', error)}",
            where=f"{where}:{line}" if line else where,
            next="correct the line",
        ) from error
    module = types.ModuleType(f"_wardround_team_{path.stem}_{id(code):x}")
    module.__file__ = str(path)
    function = TeamFunction(lambda: None, where, source)
    with (
        function.explained("the file does not run", next="run it with python to see the whole traceback"),
        _listed(module),
    ):
        exec(code, module.__dict__)  # noqa: S102 - the team's own code, which the project exists to run
    found = module.__dict__.get(name)
    if not callable(found):
        raise UsageError(f"the file defines no function {name}", where=where, wanted=example, next=f"define {name}")
    return TeamFunction(found, where, source)


@contextmanager
def _listed(module: types.ModuleType) -> Iterator[None]:
    """In ``sys.modules`` only while the file runs: dataclasses look their annotations up there."""
    sys.modules[module.__name__] = module
    try:
        yield
    finally:
        sys.modules.pop(module.__name__, None)
