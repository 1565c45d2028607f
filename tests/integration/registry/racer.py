"""A writer in a process of its own: waits for a file, then makes tags. Prints the names as JSON.

racer.py GO PLACE KIND COMMIT... ; PLACE is a directory, or the address of a forge's API with WRITER_TOKEN in the environment
"""

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from tagged import NAME, stage_record, version_record

from wardround.forge import Credentials, connect
from wardround.registry.bump import Level
from wardround.registry.local import LocalTags
from wardround.registry.remote import ForgeTags
from wardround.registry.writing import NewStage, NewVersion, next_version, write_stage, write_version


def place_of(text):
    if not text.startswith("http"):
        return LocalTags(Path(text), f"Writer {os.getpid()}", "writer@example.org")
    return ForgeTags(connect(Credentials("acme/ml", os.environ["WRITER_TOKEN"], text)), NAME)


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main():
    go, where, kind, *commits = sys.argv[1:]
    place = place_of(where)
    say("ready")
    while not Path(go).exists():
        time.sleep(0.002)
    made = []
    for number, commit in enumerate(commits):
        if kind == "version":
            found = write_version(place, NAME, lambda state, commit=commit: NewVersion(
                next_version(state, Level.MINOR),
                version_record(commit, previous=state.latest.version if state.latest else None),
                ("A version.",),
            ))  # fmt: skip
        else:
            # "prod:3": each writer's own change; otherwise all writers bring the same one
            stage, _, own = kind.partition(":")
            record = stage_record("v1.0.0", version_record(commit), commit, pull=int(own or 0) * 1000 + number)
            found = write_stage(place, NAME, NewStage(stage, record, ("Into a stage.",)))
        made.append([found.tag.name, found.time])
    say(json.dumps(made))


main()
