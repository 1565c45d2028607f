"""The end of a release in a process that kills itself before or after one of its effects.

    python concluding_child.py CLONE FILES STORE CANDIDATE [NUMBER before|after]

Prints the effects of a whole run, one a line; with a number, dies there by SIGKILL.
"""

import os
import signal
import sys
from pathlib import Path

from wardround import proc
from wardround.storage.place import Place

clone, files, store, candidate_file = map(Path, sys.argv[1:5])
number, when = (int(sys.argv[5]), sys.argv[6]) if len(sys.argv) > 5 else (-1, "")
seen = []


def watched(name, function):
    """The function, with a possible end before it and after it."""

    def wrapper(*args, **kwargs):
        seen.append(f"{name} {_about(args)}")
        mine = len(seen) - 1 == number
        if mine and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = function(*args, **kwargs)
        if mine:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    return wrapper


def _about(args):
    first = args[0]
    if isinstance(first, proc.Command):
        return " ".join(first.args[:2])
    return str(args[2] if isinstance(first, Place) else args[1])


proc.run = watched("program", proc.run)
Place.put = watched("put", Place.put)

from wardround.flows.release import candidate, concluding, registering  # noqa: E402 - after the effects are watched
from wardround.registry.local import LocalTags  # noqa: E402

LocalTags.make = watched("tag", LocalTags.make)


def main():
    from dvc_objects.fs.local import LocalFileSystem

    ready = candidate.read(candidate_file)
    at = Place("storage", str(store), LocalFileSystem())
    concluding.keep(at, {path.name: path for path in files.iterdir()}, ready)
    tags = registering.place(clone, ready.project, {})
    made = concluding.conclude(tags, at, ready, registering.ledger(clone, {}))
    sys.stdout.write("\n".join([made.tag.name, *seen]) + "\n")


main()
