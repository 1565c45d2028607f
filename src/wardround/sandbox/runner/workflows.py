"""Reads workflow files: what starts them, what they are called, and the document that is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wardround.errors import UsageError

#: Where workflow files live.
DIRECTORY = ".github/workflows"


@dataclass(frozen=True)
class Workflow:
    """One file. ``triggers`` maps each event to its filters; ``document`` is the whole file as plain values."""

    path: str
    name: str
    triggers: Mapping[str, Mapping[str, Any]]
    document: Mapping[str, Any]
    crons: tuple[str, ...] = field(default=())

    @property
    def jobs(self) -> Mapping[str, Mapping[str, Any]]:
        """The jobs by their id."""
        found: Mapping[str, Mapping[str, Any]] = self.document["jobs"]
        return found


def read(path: str, text: str) -> Workflow:
    """The workflow in ``text``. Raises :class:`UsageError` when GitHub would not run such a file at all."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        document = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        raise _wrong(path, "a workflow is not YAML", "" if line is None else f"line {line + 1}") from error
    if not isinstance(document, dict):
        raise _wrong(path, "a workflow is not a mapping", type(document).__name__)
    if True in document:  # YAML 1.1 reads a bare `on` as true
        document["on"] = document.pop(True)
    jobs = document.get("jobs")
    if not isinstance(jobs, dict) or not jobs or not all(isinstance(job, dict) for job in jobs.values()):
        raise _wrong(path, "a workflow has no jobs", "`jobs` is missing, empty or no mapping of mappings")
    if not all(isinstance(job.get("steps", []), list) for job in jobs.values()):
        raise _wrong(path, "the steps of a job are no list", "")
    triggers, crons = _triggers(path, document.get("on"))
    return Workflow(path, str(document.get("name") or path), triggers, document, crons)


def _triggers(path: str, on: Any) -> tuple[dict[str, dict[str, Any]], tuple[str, ...]]:
    if isinstance(on, str):
        return {on: {}}, ()
    if isinstance(on, list) and all(isinstance(name, str) for name in on):
        return {name: {} for name in on}, ()
    if not isinstance(on, dict):
        raise _wrong(path, "a workflow does not say what starts it", "`on` is missing or of an unknown form")
    crons = tuple(
        str(entry["cron"]) for entry in on.get("schedule") or () if isinstance(entry, dict) and "cron" in entry
    )
    return {str(name): dict(value) if isinstance(value, dict) else {} for name, value in on.items()}, crons


def _wrong(path: str, what: str, found: str) -> UsageError:
    return UsageError(what, where=path, found=found, next="correct the file; `check-jsonschema` names the place")
