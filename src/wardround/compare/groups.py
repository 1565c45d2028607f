"""From columns of the snapshot to groups of encounters: levels in a fixed order, numbers cut into bands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wardround.compare.types import Grouping
from wardround.errors import Problem, UsageError
from wardround.evidence.measures import OTHER_SITES
from wardround.project.judging import Subgroup

SITE_COLUMN = "wr_site"
#: More levels than this are no subgroup but an identifier or a free text (project choice).
MAX_LEVELS = 50
#: More sites than this are none: a network of hospitals has fewer, a list of wards or practices is another question (project choice).
MAX_SITES = 300


def largest_sites(sites: pd.Series[str]) -> frozenset[str] | None:
    """The sites that are groups of their own, by their rows among ``sites`` (n,); None: all are.

    It is asked once, of all encounters, so that every population and every compared model has the same groups.
    """
    counts = sites.dropna().map(_name).value_counts()
    if not MAX_LEVELS < len(counts) <= MAX_SITES:
        return None
    order = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    return frozenset(str(name) for name, _ in order[: MAX_LEVELS - 1])


def groupings(
    frame: pd.DataFrame, subgroups: Sequence[Subgroup], *, site: bool, sites: Collection[str] | None = None
) -> tuple[Grouping, ...]:
    """The declared groupings of the snapshot's rows, and ``wr_site`` (named ``site``) added if there are sites.

    A number is cut at the bands (lower bounds included): bands 50, 70 give ``<50``, ``50-70``, ``>=70``. Levels of
    other columns are its values as text, sorted; mandatory levels are listed even if nobody has them. Of ``sites``, if they are
    given, each is a group and so is each mandatory one; all others are one group, the last.

    Raises:
        UsageError: a column is missing, is no number but has bands, or has more than ``MAX_LEVELS`` levels. All
            problems at once; no value is quoted.
    """
    problems: list[Problem] = []
    made: list[Grouping] = []
    declared = list(subgroups)
    if site and SITE_COLUMN in frame and not any(each.column in {"site", SITE_COLUMN} for each in declared):
        declared.append(Subgroup(column=SITE_COLUMN))
    for position, subgroup in enumerate(declared):
        column = SITE_COLUMN if subgroup.column == "site" and "site" not in frame else subgroup.column
        where = "params.yaml: " + (
            f"evaluate.subgroups.{position}" if position < len(subgroups) else "data.columns.site"
        )
        if column not in frame:
            problems.append(Problem("the subgroup's column is not in the snapshot", where, found=subgroup.column))
            continue
        values = frame[column]
        if column == SITE_COLUMN and sites is not None:
            values = values.where(values.isna() | values.map(_name).isin({*sites, *subgroup.mandatory}), OTHER_SITES)
        result = _cut(values, subgroup, where) if subgroup.bands else _levels(values, subgroup, where)
        if isinstance(result, Problem):
            problems.append(result)
        else:
            name = "site" if column == SITE_COLUMN else column
            made.append(Grouping(name, result[0], result[1], subgroup.mandatory))
    if problems:
        raise UsageError(problems=problems)
    return tuple(made)


Coded = tuple[tuple[str, ...], NDArray[np.int32]]


def _cut(values: pd.Series[float], subgroup: Subgroup, where: str) -> Coded | Problem:
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return Problem("only numbers can be cut into bands", where, wanted="a number", found=str(values.dtype))
    bands = np.asarray(sorted(set(subgroup.bands)))
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    codes = np.searchsorted(bands, numbers, side="right").astype(np.int32)
    codes[np.isnan(numbers)] = -1
    text = [f"{band:g}" for band in bands]
    inner = [f"{low}-{high}" for low, high in pairwise(text)]
    return (f"<{text[0]}", *inner, f">={text[-1]}"), codes


def _levels(values: pd.Series[str], subgroup: Subgroup, where: str) -> Coded | Problem:
    known = values.dropna()
    names = {*(_name(value) for value in known.unique()), *subgroup.mandatory}
    levels = tuple(sorted(names, key=lambda name: (name == OTHER_SITES, name)))
    if len(levels) > MAX_LEVELS + len(subgroup.mandatory):
        return Problem(
            "a subgroup has too many levels",
            where,
            wanted=f"at most {MAX_LEVELS}",
            found=f"{len(levels)} in {subgroup.column}",
            next="give a number bands, or declare another column",
        )
    place = {level: code for code, level in enumerate(levels)}
    codes = np.full(len(values), -1, dtype=np.int32)
    factors, uniques = pd.factorize(values)
    lookup = np.array([place[_name(value)] for value in uniques] + [-1], dtype=np.int32)
    codes[:] = lookup[factors]
    return levels, codes


def _name(value: object) -> str:
    """A value as a level. Whole numbers are floats in pandas as soon as one is missing: they are named alike with and without."""
    return str(int(value)) if isinstance(value, float | np.floating) and value.is_integer() else str(value)
