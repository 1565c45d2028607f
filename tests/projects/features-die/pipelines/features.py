"""Dies."""

import os
import signal


def build(encounters, settings):
    os.kill(os.getpid(), signal.SIGKILL)
