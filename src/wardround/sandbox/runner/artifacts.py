"""Takes in what a run uploaded: zips in the run's own directory become records and files of the sandbox."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import timedelta
from pathlib import Path

from wardround.sandbox.clock import stamp
from wardround.sandbox.model import Artifact, Run
from wardround.sandbox.world import World

#: GitHub keeps artifacts for at most this many days.
LONGEST = 90


def take_in(world: World, run: Run, directory: Path) -> tuple[Artifact, ...]:
    """The artifacts that the run left in ``directory``."""
    made = []
    for found in sorted(directory.glob("*.zip")):
        if found.is_symlink() or not found.is_file():
            continue
        number = world.store.next_id()
        place = f"artifacts/{run.id}/{number}.zip"
        target = world.directory / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(found, target)
        with target.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        made.append(
            Artifact(
                number,
                run.repository,
                run.id,
                found.stem,
                place,
                target.stat().st_size,
                digest,
                world.clock.stamp(),
                stamp(world.clock.now() + timedelta(days=_days(found.with_suffix(".json")))),
            )
        )
    with world.store.transaction():
        for artifact in made:
            world.store.put(artifact)
    return tuple(made)


def _days(note: Path) -> int:
    try:
        days = int(json.loads(note.read_text(encoding="utf-8"))["days"])
    except (OSError, ValueError, KeyError, TypeError):
        return LONGEST
    return min(max(days, 1), LONGEST)
