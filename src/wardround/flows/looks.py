"""How often the sealed test block was looked at: by models in the history, and by drafts on this machine.

A look is one distinct model evaluated on one test block. The count is volatile: it depends on the clone and on the machine,
so it stands in ``run.json`` and in the report, and in no evidence.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.errors import EnvironmentFailure
from wardround.files import write_json
from wardround.revision.lock import Lock
from wardround.revision.looks import MODEL, Look, committed, look_at, look_of

if TYPE_CHECKING:
    from wardround.evidence.comparison import Comparison
    from wardround.report.context import Looks
    from wardround.revision.git import Git

#: Seconds to wait for another process that writes the record, which takes milliseconds.
PATIENCE = 30.0


def keep(place: Path, facts: Mapping[str, Any]) -> None:
    """Puts ``facts`` into ``run.json`` in ``place``; what else it holds stays."""
    with _held(place):
        _write(place, {**_read(place), **facts})


def add_run(place: Path, run: Mapping[str, Any], most: int) -> None:
    """Adds what a run did to ``run.json`` in ``place``; of all runs the newest ``most`` stay."""
    with _held(place):
        found = _read(place)
        _write(place, {**found, "runs": [*_runs(found), dict(run)][-most:]})


def runs(place: Path) -> tuple[dict[str, Any], ...]:
    """What the runs did that ``run.json`` in ``place`` knows of, the oldest first."""
    return tuple(_runs(_read(place)))


def _runs(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = facts.get("runs")
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def record(place: Path, looks: Iterable[Look]) -> None:
    """Adds looks to ``run.json`` in ``place``, by test block and model. A look that is there already counts once.

    Raises :class:`EnvironmentFailure` when it cannot be written. Killed at any point, the record is the old one or the new one.
    """
    with _held(place):
        found = _read(place)
        seen = _drafts(found)
        for look in looks:
            seen.setdefault(look.block, set()).add(look.model)
        if seen != _drafts(found):
            _write(place, {**found, "looks": {block: sorted(models) for block, models in seen.items()}})


def record_evaluation(place: Path, root: Path) -> None:
    """Adds the look that ``evaluate`` is about to make in the work tree ``root``.

    Before it begins: scores beside outcomes are on the disk before the evidence is, and a run that is killed has shown them.
    """
    look = look_at(root)
    record(place, [look] if look else [])


def made(comparison: Comparison, head: Lock, references: Mapping[str, Lock]) -> set[Look]:
    """The looks of one comparison: the head's own, and both models on each test set; ``references`` by role."""
    own = look_of(head)
    found = {own} if own else set()
    for against in comparison.against:
        reference = references[against.reference]
        block = own if against.test_set == "head" else look_of(reference)
        if against.comparable and block:
            models = (head.digest(MODEL), reference.digest(MODEL))
            found |= {replace(block, model=model) for model in models if model}
    return found


def count(place: Path, git: Git, head: Lock, *commits: str) -> Looks | None:
    """Looks at the head's test block, from the history and from ``run.json`` in ``place``; None when nothing was evaluated.

    ``commits`` are looked through beside what branches and tags reach.
    """
    from wardround.report.context import Looks

    own = look_of(head)
    if own is None:
        return None
    looks, complete = committed(git, *commits)
    history = {look.model for look in looks if look.block == own.block}
    drafts = _drafts(_read(place)).get(own.block, set())
    return Looks(len(history | drafts | {own.model}), len(history), complete)


@contextlib.contextmanager
def _held(place: Path) -> Iterator[None]:
    """The record for this process alone; what a killed writer left beside it is removed."""
    from filelock import FileLock, Timeout

    place.mkdir(parents=True, exist_ok=True)
    path = place / "run.json.lock"
    try:
        with FileLock(path, timeout=PATIENCE):
            for left in place.glob(".run.json.*.tmp"):
                left.unlink(missing_ok=True)
            yield
    except Timeout as error:
        raise EnvironmentFailure(
            "another process does not let go of the record of runs",
            where=str(path),
            next="end that process, or wait for it; then run the same command again",
        ) from error


def _read(place: Path) -> dict[str, Any]:
    try:
        found = json.loads((place / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(place: Path, facts: Mapping[str, Any]) -> None:
    write_json(place / "run.json", dict(facts))


def _drafts(facts: Mapping[str, Any]) -> dict[str, set[str]]:
    looks = facts.get("looks")
    if not isinstance(looks, dict):
        return {}
    return {block: {str(model) for model in models} for block, models in looks.items() if isinstance(models, list)}
