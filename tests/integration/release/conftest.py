"""Helpers of these tests, and of the flows' own, can be imported; projects with a service, released once and copied."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parents[1] / "unit" / "flows" / "release"))
