"""Raises."""


def build(encounters, settings):
    name = encounters["person"].iloc[0]
    raise ValueError(f"cannot use {name}")
