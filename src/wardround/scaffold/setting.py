"""What the decisions about all columns share: the survey, the request, and how a decision begins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wardround.scaffold.decision import Column, Use
from wardround.scaffold.limits import coarse, share_allowed
from wardround.scaffold.missing import Codes
from wardround.scaffold.request import DataRequest, Moment
from wardround.scaffold.spelling import Spelling
from wardround.scaffold.survey import ColumnSurvey, Survey

#: The commonest levels that become categories of a feature; the rest is *other*. Project choice.
COMMONEST = 30


@dataclass(frozen=True)
class Setting:
    """What all columns share. ``single_limit`` is the gate's limit for the AUROC of one feature alone."""

    survey: Survey
    request: DataRequest
    predict_at: Moment
    min_cell: int
    single_limit: float
    spellings: Mapping[str, Spelling] = field(default_factory=dict)


def start(column: ColumnSurvey, found: Codes, setting: Setting, kind: str, use: Use) -> Column:
    """A column with what its missing values say; the rest is filled in by the caller."""
    empty = column.facts.blank + found.count
    return Column(
        column.name,
        kind,
        use,
        found.why,
        nullable=empty > 0,
        missing=found.texts,
        missing_share=coarse(empty / setting.survey.rows),
        known_at="admission",
    )


def tolerating(column: Column, rule: str, count: int, setting: Setting) -> Column:
    """Allows a rule's violations on a coarse share of rows, if there are any."""
    if not count:
        return column
    share = share_allowed(count, setting.survey.rows, setting.min_cell)
    words = {
        "dtype": "cells of another type",
        "range": "values beyond the plausible limits",
        "categories": "rare levels",
    }[rule]
    return replace(
        column,
        tolerance={**column.tolerance, rule: share},
        nullable=column.nullable or rule == "dtype",
        why=(*column.why, f"{words} tolerated up to {100 * share:g} % of rows"),
    )


def common_levels(column: ColumnSurvey, found: Codes, setting: Setting, most: int) -> tuple[tuple[str, ...], bool]:
    """Levels that are no small cell, the ``most`` commonest, in natural order; and whether there are others.

    A level needs the smallest cell of rows and, where patients are known, of patients: one person's many encounters are not many
    people. Patients are counted in the sample, so in a large table a level may be left out that need not be.
    """
    assert column.levels is not None
    real = {text: count for text, count in column.levels.items() if text and text not in found.texts}
    shown = [
        text for text, count in real.items() if count >= setting.min_cell and has_people(column.name, text, setting)
    ]
    common = sorted(shown, key=lambda text: (-real[text], text))[:most]
    return tuple(sorted(common, key=natural)), len(common) < len(real)


def has_people(name: str, level: str, setting: Setting) -> bool:
    """Whether enough patients have a level for it to be named in git; true where patients are not known."""
    subject = setting.request.subject
    if subject is None or subject == name:
        return True
    sample = setting.survey.sample
    cells = sample[name].cat
    if level not in cells.categories:
        # Not among eligible rows: a level that is excluded on purpose was named on the command line or is common enough by rows.
        return name in setting.request.exclude
    rows = (cells.codes == cells.categories.get_loc(level)).to_numpy()
    return int(sample[subject].cat.codes[rows].nunique()) >= setting.min_cell


def natural(text: str) -> tuple[object, ...]:
    """A sort key that puts 2 before 10 and ``[10-20)`` before ``[100-110)``."""
    return tuple(
        (0, float(part), "") if part.replace(".", "", 1).isdigit() else (1, 0.0, part)
        for part in re.findall(r"\d+\.?\d*|\D+", text)
    )
