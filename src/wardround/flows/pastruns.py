"""What runs of the pipeline did, stage by stage: kept in ``run.json``, outside every hash, for the monitor.

A record is volatile: it lies where the run was, and a runner that is thrown away takes it along. The newest :data:`KEPT` are kept.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.errors import WardroundError
from wardround.flows import looks

if TYPE_CHECKING:
    from wardround.revision.dvc import Reproduced

#: Project choice: a year of a run a week.
KEPT = 52
#: What failed when no stage did: storage, a lock, a file that is no pipeline.
ITSELF = "dvc"
EXECUTED, RESTORED, UNCHANGED, FAILED = "executed", "restored", "unchanged", "failed"


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
