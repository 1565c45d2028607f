"""One stage under DVC, with its failure kept so that the review can repeat it with its own exit code."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, ExitCode, Problem, WardroundError, machine_failure
from wardround.files import sweep, write_json
from wardround.flows import looks, versions
from wardround.proc import end_with_parent
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
    end_with_parent(signal.SIGKILL)  # a stage whose review was killed must not write beside the next one
    try:
        record.unlink(missing_ok=True)  # a stage that is killed must not leave the failure of an earlier run behind
        sweep_made(project)
        versions.check(project.layout.versions, tree_of(project.root))
        _ = project.params
        if name == "evaluate":
            looks.record_evaluation(scratch(project), project.root)
        evidence = item.load()(project)
    except Exception as error:
        explained = explain(error, name)
        with contextlib.suppress(WardroundError, OSError):  # a full disk must not hide why
            write_json(
                record,
                {
                    "exit_code": int(explained.exit_code),
                    "problems": [asdict(problem) for problem in explained.problems],
                },
            )
        if explained.exit_code is ExitCode.BUG:
            raise  # the traceback is for who runs the stage; the review shows the place only
        raise explained from error
    write_json(record, {"exit_code": 0, "seconds": round(time.monotonic() - started, 3), "process": os.getpid()})
    return evidence


def sweep_made(project: Project) -> None:
    """Removes what a killed run left half-written. The pipeline's lock or the review's must be held."""
    for directory in (project.root / "data", project.root / "models", project.layout.reports, scratch(project) / "run"):
        if directory.is_dir():
            sweep(directory)


def explain(error: Exception, name: str) -> WardroundError:
    """Any failure of a stage as one that can be shown: the text of an unexpected one may quote a cell, so only its kind is."""
    if isinstance(error, WardroundError):
        return error
    if isinstance(error, MemoryError):
        return EnvironmentFailure(
            f"the stage {name} ran out of memory",
            where=f"wardround stage {name}",
            next="raise data.partitions, which makes each part smaller; or use a machine with more memory",
        )
    if isinstance(error, OSError) and (explained := machine_failure(error)) is not None:
        return explained
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/wardround/" in frame.filename]
    where = f"{frames[-1].filename.rpartition('/wardround/')[2]}:{frames[-1].lineno}" if frames else ""
    bug = WardroundError(
        f"the stage {name} failed in a way that nobody foresaw: {type(error).__name__}",
        where=where,
        next=f"run `wardround stage {name}` where the data may be seen, and report its traceback without cell values",
    )
    bug.exit_code = ExitCode.BUG
    return bug


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
