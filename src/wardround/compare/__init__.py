"""Measuring: how well scores predict, and how two models differ on the same encounters. It knows nothing of judging."""

from __future__ import annotations

from wardround.compare.families import GroupDifference, family, non_inferiority
from wardround.compare.groups import groupings, largest_sites
from wardround.compare.population import compare_population, measure_population, score_correlation
from wardround.compare.rows import Rows, scored, settings_of
from wardround.compare.tables import score_edges, score_table
from wardround.compare.types import Grouping, MeasureSettings, Scored

__all__ = [
    "GroupDifference",
    "Grouping",
    "MeasureSettings",
    "Rows",
    "Scored",
    "compare_population",
    "family",
    "groupings",
    "largest_sites",
    "measure_population",
    "non_inferiority",
    "score_correlation",
    "score_edges",
    "score_table",
    "scored",
    "settings_of",
]
