"""Runs the team's ``pipelines/contract.py`` and turns its pandera model into a :class:`Contract`."""

from __future__ import annotations

import difflib
import sys
import traceback
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.contract.model import Contract
from wardround.errors import UsageError

if TYPE_CHECKING:
    from pandera.pandas import DataFrameModel

#: The class that a contract file defines.
MODEL = "Encounters"

_EXAMPLE = "class Encounters(pa.DataFrameModel) with import pandera.pandas as pa"


def load(path: Path) -> Contract:
    """Loads a contract file.

    Raises :class:`UsageError` with file and line when the file is missing, does not run, defines no model, or uses something that a
    contract cannot hold; all such columns are listed together.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise UsageError(
            "there is no contract", where=str(path), wanted=_EXAMPLE, next="write it, or start from `wardround init`"
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(
            "the contract is not UTF-8 text", where=f"{path}: byte {error.start}", next="save it as UTF-8"
        ) from error
    except OSError as error:
        raise UsageError(f"the contract cannot be read: {error.strerror}", where=str(path)) from error
    return load_text(text, where=_short(path))


def load_text(text: str, where: str = "pipelines/contract.py") -> Contract:
    """Loads a contract from Python source; errors as in :func:`load`, with ``where`` as the file's name."""
    with _module(where) as module:
        _execute(text, where, module)
        model = _find_model(module, where)
        try:
            schema = model.to_schema()
        except Exception as error:
            raise UsageError(
                f"pandera refuses the model {model.__name__}: {_first_line(error)}",
                where=where,
                next="correct the field that the message names",
            ) from error
    from wardround.contract.translating import translate

    return translate(schema, where)


def _short(path: Path) -> str:
    """``pipelines/contract.py`` rather than the whole path, which differs between machines."""
    return "/".join(path.parts[-2:]) if path.is_absolute() else path.as_posix()


@contextmanager
def _module(where: str) -> Iterator[types.ModuleType]:
    """A module that is in ``sys.modules`` only while it runs: base's and head's contracts must not see each other.

    pandera and dataclasses look annotations up by module name, so the module needs one while the schema is made.
    """
    name = f"_wardround_contract_{id(object()):x}"
    module = types.ModuleType(name)
    module.__file__ = where
    sys.modules[name] = module
    try:
        yield module
    finally:
        sys.modules.pop(name, None)


def _execute(text: str, where: str, module: types.ModuleType) -> None:
    try:
        code = compile(text, where, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise UsageError(
            f"the contract is not valid Python: {getattr(error, 'msg', error)}",
            where=f"{where}:{line}" if line else where,
            next="correct the line",
        ) from error
    try:
        exec(code, module.__dict__)  # noqa: S102 - the team's own code, which the project exists to run
    except Exception as error:
        raise UsageError(
            f"the contract does not run: {type(error).__name__}: {_first_line(error)}",
            where=_place(error, where),
            next="run the file with python to see the whole traceback",
        ) from error


def _place(error: BaseException, where: str) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == where]
    return f"{where}:{lines[-1]}" if lines else where


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


def _find_model(module: types.ModuleType, where: str) -> type[DataFrameModel]:
    """The class ``Encounters``; else the only model that the file itself defines."""
    from pandera.pandas import DataFrameModel

    own: dict[str, Any] = {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, DataFrameModel) and value.__module__ == module.__name__
    }
    if MODEL in own:
        chosen: type[DataFrameModel] = own[MODEL]
        return chosen
    if len(own) == 1:
        only: type[DataFrameModel] = next(iter(own.values()))
        return only
    classes = sorted(name for name, value in vars(module).items() if isinstance(value, type))
    near = difflib.get_close_matches(MODEL, classes, n=1)
    raise UsageError(
        "the contract defines no model" if not own else f"the contract defines several models and none is {MODEL}",
        where=where,
        wanted=_EXAMPLE,
        found=", ".join(sorted(own) or classes) or "no class",
        next=f"rename {near[0]} to {MODEL}, and derive it from pandera.pandas.DataFrameModel"
        if near and near[0] != MODEL
        else f"name the class {MODEL} and derive it from pandera.pandas.DataFrameModel",
    )
