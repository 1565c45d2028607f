"""Several writers at once, each a process."""

import json
import os
import subprocess
import sys
from pathlib import Path

RACER = Path(__file__).with_name("racer.py")


def race(go: Path, where: str, jobs, **env):
    """Runs one writer a job (kind and commits), all from the same moment on; returns what each made: names and times."""
    writers = [
        subprocess.Popen(
            [sys.executable, str(RACER), str(go), where, *job],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **env},
        )
        for job in jobs
    ]
    try:
        for writer in writers:
            assert writer.stdout.readline() == "ready\n", writer.stderr.read()
        go.touch()
        answers = [writer.communicate(timeout=120) for writer in writers]
    finally:
        for writer in writers:
            if writer.poll() is None:
                writer.kill()
                writer.wait()
    assert [writer.returncode for writer in writers] == [0] * len(writers), answers
    return [json.loads(out) for out, _ in answers]
