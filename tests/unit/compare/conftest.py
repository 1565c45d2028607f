"""Lets the tests here import the simulation that tests of stats share."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "stats"))
