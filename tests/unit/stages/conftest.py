"""Lets the tests of the modelling stages import their small project."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
