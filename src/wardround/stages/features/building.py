"""Runs the team's ``build`` on whole subjects and checks what it returns: the one path for training and for serving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from wardround.errors import Problem, UsageError
from wardround.stages import team
from wardround.stages.features.plain import Column, PlainFeatures, columns_of, plain
from wardround.stages.features.spec import FeatureSpec

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
        return self.columns(encounters, doing).frame()

    def columns(
        self, encounters: pd.DataFrame, doing: str = "the features do not run", *, own: bool = False
    ) -> PlainFeatures:
        """As :meth:`build`, in plain arrays: what a service makes its matrix of, without another frame.

        ``own`` says that nobody else has the frame, so that the team's code may write into it.
        """
        hidden = ", ".join(name for name in self.withheld if not name.startswith("wr_"))
        with self.function.explained(
            doing,
            next="correct the line (the error's own text is not shown: it may quote a patient's value)"
            + (f"; features never see {hidden}, because they say the outcome" if hidden else ""),
        ):
            made = self.function.call(encounters if own else encounters.copy(deep=False), dict(self.settings))
        problems = list(self._problems(made, encounters))
        columns: dict[str, Column] = {}
        for name, array in columns_of(made) if _is_aligned(made, encounters) else ():
            if not isinstance(name, str) or not name or name in columns:
                continue  # told already
            found = self._column(name, array)
            if isinstance(found, Problem):
                problems.append(found)
            else:
                columns[name] = found
        if problems:
            raise UsageError(problems=problems)
        return PlainFeatures(columns, encounters.index)

    def _problems(self, made: Any, encounters: pd.DataFrame) -> list[Problem]:
        where = self.function.where
        if not isinstance(made, pd.DataFrame):
            return [Problem("build returns no DataFrame", where=where, wanted=EXAMPLE, found=type(made).__name__)]
        if not _is_aligned(made, encounters):
            return [
                Problem(
                    "build returns other rows than it was given",
                    where=where,
                    wanted="the same index, row for row",
                    found="fewer rows"
                    if len(made) < len(encounters)
                    else "more rows"
                    if len(made) > len(encounters)
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
        return problems

    def _column(self, name: str, array: Any) -> Column | Problem:
        where = f"{self.function.where}: {name}"
        if name in self.withheld:
            return Problem(
                "the feature is named after a column that says the outcome or is known only after it",
                where=where,
                next="leave it out, or give the feature its own name",
            )
        return plain(name, array, where)


def _is_aligned(made: Any, encounters: pd.DataFrame) -> bool:
    return isinstance(made, pd.DataFrame) and bool(made.index.equals(encounters.index))


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
