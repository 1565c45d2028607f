"""One stage under DVC, with its failure kept so that the review can repeat it with its own exit code."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import ExitCode, Problem, WardroundError
from wardround.files import write_json
from wardround.flows import versions
from wardround.stages.registry import stage

if TYPE_CHECKING:
    from wardround.evidence.base import Evidence
    from wardround.project.layout import Project


def scratch(project: Project) -> Path:
    """Where volatile facts of the last run are kept: never hashed, never committed."""
    return (
        project.root / ".dvc" / "tmp" / "wardround" if (project.root / ".dvc").is_dir() else project.root / ".wardround"
    )


def run_stage(project: Project, name: str) -> Evidence:
    """Runs a stage and records its duration in seconds; on a :class:`WardroundError` records the failure, too."""
    item = stage(name)
    # Threads that spin while they wait slow everything down on a busy machine; read once, when OpenMP is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    record = scratch(project) / "run" / f"{name}.json"
    started = time.monotonic()
    try:
        versions.check(project.layout.versions, tree_of(project.root))
        _ = project.params
        evidence = item.load()(project)
    except WardroundError as error:
        write_json(
            record, {"exit_code": int(error.exit_code), "problems": [asdict(problem) for problem in error.problems]}
        )
        raise
    write_json(record, {"exit_code": 0, "seconds": round(time.monotonic() - started, 3), "process": os.getpid()})
    return evidence


def tree_of(root: Path) -> Path:
    """The directory whose ``requirements.lock`` counts: the project's own, else the nearest above it within the repository."""
    for directory in (root, *root.parents):
        if (directory / "requirements.lock").is_file() or (directory / ".git").exists():
            return directory
    return root


def last_failure(project: Project, name: str) -> WardroundError | None:
    """The explained failure that the last run of a stage ended with, if it did."""
    try:
        record = json.loads((scratch(project) / "run" / f"{name}.json").read_text(encoding="utf-8"))
        code = ExitCode(record["exit_code"])
        problems = [Problem(**problem) for problem in record.get("problems", [])]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if code is ExitCode.PASS or not problems:
        return None
    error = WardroundError(problems=problems)
    error.exit_code = code
    return error


def durations(project: Project) -> dict[str, float]:
    """Seconds that each stage took when it last ran here."""
    found = {}
    for path in sorted((scratch(project) / "run").glob("*.json")):
        try:
            seconds = json.loads(path.read_text(encoding="utf-8")).get("seconds")
        except (OSError, ValueError):
            continue
        if isinstance(seconds, (int, float)):
            found[path.stem] = float(seconds)
    return found
