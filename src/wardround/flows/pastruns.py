"""What runs of the pipeline did, stage by stage: kept in ``run.json``, outside every hash, for the monitor.

A record is volatile: it lies where the run was, and a runner that is thrown away takes it along. The newest :data:`KEPT` are kept.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.errors import WardroundError
from wardround.flows import looks
from wardround.stages.registry import STAGES

if TYPE_CHECKING:
    from wardround.revision.dvc import Reproduced

#: Project choice: a year of a run a week.
KEPT = 52
#: What failed when no stage did: storage, a lock, a file that is no pipeline.
ITSELF = "dvc"
EXECUTED, RESTORED, UNCHANGED, FAILED = _STATES = ("executed", "restored", "unchanged", "failed")
_NAMES = tuple(stage.name for stage in STAGES)
_BEGUN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
#: Bytes of a file of another machine, and seconds of a run, above which nobody believes it (project choice).
_LONGEST, _MOST = 5_000_000, 10_000_000


@dataclass(frozen=True)
class Took:
    """When a run began (seconds since 1970), how many seconds it took, and how many each stage took that ran."""

    begun: float
    seconds: float
    stages: Mapping[str, float]


def of(done: Reproduced, took: Took, failed: str = "") -> dict[str, Any]:
    """The record of a run: ``begun`` (UTC), ``seconds``, ``failed`` (a stage's name, :data:`ITSELF`, or empty), and of each stage its state and seconds.

    A stage that was neither restored nor unchanged and that DVC did not name was not reached; it is left out.
    """
    states = {
        **dict.fromkeys(done.unchanged, UNCHANGED),
        **dict.fromkeys(done.restored, RESTORED),
        # a stage that DVC began, and then found in the run-cache, was restored
        **{name: EXECUTED for name in done.ran if name not in done.restored},
        **({failed: FAILED} if failed not in {"", ITSELF} else {}),
    }
    return {
        "begun": dt.datetime.fromtimestamp(took.begun, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seconds": round(took.seconds, 3),
        "failed": failed,
        "stages": {
            name: {
                "state": state,
                **({"seconds": took.stages[name]} if state == EXECUTED and name in took.stages else {}),
            }
            for name, state in states.items()
        },
    }


def remember(place: Path, record: Mapping[str, Any]) -> None:
    """Adds a record to ``run.json`` in ``place``; one that cannot be written is not why a run fails."""
    with contextlib.suppress(WardroundError, OSError):
        looks.add_run(place, record, KEPT)


def past(place: Path) -> tuple[dict[str, Any], ...]:
    """The records in ``place``, the oldest first; none where this machine remembers no run."""
    return looks.runs(place)


def known(place: Path, root: Path, pattern: str | None) -> tuple[dict[str, Any], ...]:
    """The records in ``place`` and of the files that ``pattern`` names from ``root``, each once, the oldest first.

    Files of other machines are read for their numbers alone: what is no record of this form, or names a stage that is none, is left out.
    """
    found = [*past(place)]
    if pattern:
        named = (root / pattern).absolute()
        for path in sorted(Path(named.anchor).glob(str(named.relative_to(named.anchor)))):
            found += [record for item in _foreign(path) if (record := _plain(item)) is not None]
    unlike = {json.dumps(item, sort_keys=True): item for item in found}
    return tuple(sorted(unlike.values(), key=lambda item: str(item.get("begun", ""))))


def _foreign(path: Path) -> list[Any]:
    try:
        if path.stat().st_size > _LONGEST:
            return []
        told = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    runs = told.get("runs") if isinstance(told, dict) else None
    return runs[-KEPT:] if isinstance(runs, list) else []


def _plain(item: Any) -> dict[str, Any] | None:
    """A record with what is known of its form, and nothing else."""
    if not isinstance(item, dict) or _BEGUN.fullmatch(str(item.get("begun"))) is None:
        return None
    seconds, failed, stages = _seconds(item.get("seconds")), item.get("failed"), item.get("stages")
    if seconds is None or failed not in {"", ITSELF, *_NAMES} or not isinstance(stages, dict):
        return None
    kept: dict[str, Any] = {}
    for name, told in stages.items():
        if name in _NAMES and isinstance(told, dict) and told.get("state") in _STATES:
            took = _seconds(told.get("seconds"))
            kept[name] = {"state": told["state"], **({} if took is None else {"seconds": took})}
    return {"begun": item["begun"], "seconds": seconds, "failed": failed, "stages": kept}


def _seconds(value: Any) -> float | None:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < _MOST
    return value if good else None
