"""Profiles: mergeable, disclosure-safe summaries of a table, column by column, and the distances between them."""

from wardround.profile.builder import ColumnSpec, Profiler, profile_batches
from wardround.profile.distance import ColumnDistance, distance
from wardround.profile.merging import merge
from wardround.profile.reading import deviation, mean, quantile, variance

__all__ = [
    "ColumnDistance",
    "ColumnSpec",
    "Profiler",
    "deviation",
    "distance",
    "mean",
    "merge",
    "profile_batches",
    "quantile",
    "variance",
]
