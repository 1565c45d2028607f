"""Real processes: one in a session of its own, below one that is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wardround.release import family

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="this system has no /proc")
def test_a_worker_in_a_group_of_its_own_is_found_and_ended():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, start_new_session=True) as parent:
        child = int(parent.stdout.readline())
        found = family.below(parent.pid)
        assert child in found
        assert os.getpid() not in found
        os.killpg(parent.pid, signal.SIGKILL)
        parent.wait()
    family.end({child: "another moment"})
    os.kill(child, 0)
    family.end(found)
    for _ in range(100):
        if _is_dead(child):
            break
        time.sleep(0.05)
    assert _is_dead(child)
    family.end(found)


def _is_dead(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True
