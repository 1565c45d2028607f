"""Concurrency groups: which runs wait for each other, and which are cancelled by a newer one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wardround.errors import UsageError
from wardround.sandbox.runner import expressions
from wardround.sandbox.runner.workflows import Workflow


@dataclass(frozen=True)
class Group:
    """One group, of one repository.

    With ``cancel`` a new run ends those before it; with ``whole_queue`` none that waits is dropped; else only the newest
    waits.
    """

    repository: str
    name: str
    cancel: bool = False
    whole_queue: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What is compared: names do not tell upper from lower case."""
        return self.repository, self.name.lower()


def of_workflow(repository: str, workflow: Workflow, context: Mapping[str, Any]) -> tuple[Group, ...]:
    """The groups of a run. A job's own group is held for as long as the whole run: act starts jobs by itself.

    Raises :class:`UsageError` for an expression that cannot be read.
    """
    written = [workflow.document.get("concurrency"), *(job.get("concurrency") for job in workflow.jobs.values())]
    found = (_read(repository, value, context) for value in written if value)
    return tuple({group.key: group for group in found if group.name}.values())


def _read(repository: str, value: Any, context: Mapping[str, Any]) -> Group:
    if not isinstance(value, dict):
        return Group(repository, expressions.as_text(expressions.value(value, context)))
    cancel = expressions.value(value.get("cancel-in-progress", False), context)
    queue = value.get("queue", "single")
    if queue not in ("single", "max") or (queue == "max" and cancel is True):
        raise UsageError(
            "a concurrency group's queue is single, or max without cancel-in-progress",
            where="concurrency.queue",
            found=str(queue),
            next="choose one of them",
        )
    name = expressions.as_text(expressions.value(value.get("group", ""), context))
    return Group(repository, name, cancel is True or cancel == "true", queue == "max")
