"""Runs the team's ``build`` on whole subjects and checks what it returns: the one path for training and for serving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from wardround.errors import Problem, UsageError
from wardround.stages import team
from wardround.stages.features.spec import FeatureSpec, numbers

EXAMPLE = "def build(encounters: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame"


@dataclass(frozen=True)
class Builder:
    """The team's features with their settings; ``withheld`` are columns that a result may not be named after."""

    function: team.TeamFunction
    settings: Mapping[str, Any]
    withheld: tuple[str, ...] = ()

    @classmethod
    def load(cls, path: Path, settings: Mapping[str, Any], withheld: tuple[str, ...] = ()) -> Builder:
        """The builder of ``pipelines/features.py``; errors as in :func:`wardround.stages.team.load`."""
        return cls(team.load(path, "build", example=EXAMPLE), settings, withheld)

    def build(self, encounters: pd.DataFrame, doing: str = "the features do not run") -> pd.DataFrame:
        """The features of ``encounters`` (whole subjects, sorted by subject and time), checked.

        Numbers are float64; a category has its declared categories as text. The rows are those of ``encounters``, in order.

        Raises :class:`UsageError` that lists everything that is wrong with the result.
        """
        hidden = ", ".join(name for name in self.withheld if not name.startswith("wr_"))
        with self.function.explained(
            doing,
            next="correct the line (the error's own text is not shown: it may quote a patient's value)"
            + (f"; features never see {hidden}, because they say the outcome" if hidden else ""),
        ):
            made = self.function.call(encounters.copy(deep=False), dict(self.settings))
        problems = list(self._problems(made, encounters))
        if problems:
            raise UsageError(problems=problems)
        return _normal(made)

    def _problems(self, made: Any, encounters: pd.DataFrame) -> list[Problem]:
        where = self.function.where
        if not isinstance(made, pd.DataFrame):
            return [Problem("build returns no DataFrame", where=where, wanted=EXAMPLE, found=type(made).__name__)]
        if not made.index.equals(encounters.index):
            return [
                Problem(
                    "build returns other rows than it was given",
                    where=where,
                    wanted=f"the same index, {len(encounters)} rows",
                    found=f"{len(made)} rows"
                    if len(made) != len(encounters)
                    else "the same number of rows, another index",
                    next="start from pd.DataFrame(index=encounters.index) and do not drop, sort or merge rows",
                )
            ]
        if not len(made.columns):
            return [Problem("build returns no feature", where=where, wanted="one column a feature")]
        names = list(made.columns)
        problems = [
            Problem(f"a feature's name is not text: {name!r}"[:200], where=where)
            for name in names
            if not isinstance(name, str) or not name
        ]
        doubled = sorted({str(name) for name in names if names.count(name) > 1})
        if doubled:
            problems.append(
                Problem(f"features stand twice: {', '.join(doubled)}", where=where, next="rename one of each")
            )
        for name in names:
            if isinstance(name, str) and name and name not in doubled:
                problems.extend(self._column_problems(name, made[name]))
        return problems

    def _column_problems(self, name: str, column: pd.Series[Any]) -> list[Problem]:
        where = f"{self.function.where}: {name}"
        if name in self.withheld:
            return [
                Problem(
                    "the feature is named after a column that says the outcome or is known only after it",
                    where=where,
                    next="leave it out, or give the feature its own name",
                )
            ]
        if isinstance(column.dtype, pd.CategoricalDtype):
            levels = [str(level) for level in column.cat.categories]
            if len(set(levels)) < len(levels):
                return [Problem("two categories are the same text", where=where, next="declare each category once")]
            if not levels:
                return [
                    Problem(
                        "the feature has no categories",
                        where=where,
                        next="declare them: category(values, [...]) of wardround.stages.features",
                    )
                ]
            return []
        if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_complex_dtype(column.dtype):
            return [
                Problem(
                    "the feature is neither a number nor a category",
                    where=where,
                    wanted="a float, int or bool column, or a pandas category with fixed categories",
                    found=str(column.dtype),
                    next="for text: category(values, [...]) of wardround.stages.features; for times: a difference in days",
                )
            ]
        if np.isinf(numbers(column)).any():
            return [
                Problem(
                    "the feature has infinite values", where=where, next="a division by zero? make such values missing"
                )
            ]
        return []


def _normal(made: pd.DataFrame) -> pd.DataFrame:
    """Numbers as float64, categories as text: what is compared, written and encoded does not depend on how a team spells it."""
    columns: dict[str, Any] = {}
    for name in made.columns:
        column = made[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            levels = pd.Index([str(level) for level in column.cat.categories], dtype=object)
            columns[name] = pd.Categorical.from_codes(column.cat.codes.to_numpy(), dtype=pd.CategoricalDtype(levels))
        else:
            columns[name] = numbers(column)
    return pd.DataFrame(columns, index=made.index)


def spec_of(features: pd.DataFrame) -> FeatureSpec:
    """The spec of features that :meth:`Builder.build` returned."""
    return FeatureSpec(
        tuple(features.columns),
        {
            name: tuple(features[name].cat.categories)
            for name in features.columns
            if isinstance(features[name].dtype, pd.CategoricalDtype)
        },
    )
