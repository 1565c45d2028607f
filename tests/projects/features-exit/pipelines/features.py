"""Leaves."""

import sys


def build(encounters, settings):
    sys.exit(f"bye {encounters['person'].iloc[0]}")
