"""Recurses."""


def build(encounters, settings):
    return build(encounters, settings)
