"""What a run is: the input, the model, the code and the places. The same run goes on; another one is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import wardround
from wardround.errors import Problem, UsageError
from wardround.files import sha256_file, sha256_json
from wardround.scoring.source import Table
from wardround.service.engine import Engine

#: Of the files of a run.
VERSION = 1
_WORDS = {
    "input": "the input",
    "history": "the history",
    "model": "the model",
    "version": "the model's version",
    "contract": "the contract",
    "code": "the project's code or params",
    "stage": "the stage",
    "log": "the place of the prediction log",
    "part_rows": "the size of the parts",
    "wardround": "the version of Wardround",
}


def identity(
    engine: Engine, project: Path, table: Table, history: Table | None, more: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything that the output depends on, as JSON; ``more`` adds stage, log and size of the parts."""
    pipelines = project / "pipelines"
    files = sorted(path for path in pipelines.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    params = engine.params
    answering = {
        "columns": params.data.columns.model_dump(mode="json"),
        "exclude": {name: list(values) for name, values in params.data.exclude.items()},
        "features": dict(params.features.settings),
        "thresholds": list(params.evaluate.thresholds),
    }
    return {
        "input": table.identity,
        "history": history.identity if history is not None else None,
        "model": engine.model_digest,
        "version": engine.version,
        "contract": engine.contract_version,
        "code": sha256_json(
            [answering, [[path.relative_to(pipelines).as_posix(), sha256_file(path)] for path in files]]
        ),
        "wardround": wardround.__version__,
        **more,
    }


def digest_of(identity: Mapping[str, Any]) -> str:
    """24 hexadecimal digits: the beginning of the ids of the run's answers."""
    return sha256_json(identity).removeprefix("sha256:")[:24]


def check_same(found: Any, wanted: Mapping[str, Any], where: str) -> None:
    """Raises :class:`UsageError` that names what is different when the output is another run's."""
    told = found.get("identity") if isinstance(found, dict) and found.get("schema_version") == VERSION else None
    if told == dict(wanted):
        return
    if not isinstance(told, dict):
        raise UsageError(
            "the output holds something else", where=where, next="give an empty directory, or one to be made"
        )
    problems = [
        Problem(
            f"the output was made with another {_WORDS[name].removeprefix('the ')}",
            where=where,
            wanted=_short(told.get(name)),
            found=_short(wanted[name]),
            next="give another --output; to score again into this one, remove it first",
        )
        for name in _WORDS
        if told.get(name) != wanted[name]
    ]
    raise UsageError(problems=problems)


def _short(value: Any) -> str:
    if isinstance(value, list):
        files = [f"{item['name']}, {item['bytes']} bytes, of {item['stamp'][:40]}" for item in value[:2]]
        return "; ".join(files) + (f" and {len(value) - 2} more" if len(value) > 2 else "")
    return "none" if value is None else str(value)[:120]
