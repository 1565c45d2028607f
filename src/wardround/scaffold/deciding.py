"""From what a column looks like to what it is for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pandas as pd

from wardround.scaffold import leakage, missing
from wardround.scaffold.decision import Column, Use
from wardround.scaffold.kinds import MOST_LISTED, Looks, looks_of
from wardround.scaffold.limits import coarse, share_allowed
from wardround.scaffold.numeric import numbers_of
from wardround.scaffold.setting import COMMONEST, Setting, common_levels, start, tolerating
from wardround.scaffold.survey import ColumnSurvey

#: With more rare levels than this share of rows the contract lists no levels: a list that much is outside of checks nothing.
_MOST_RARE = 0.05


def decide(column: ColumnSurvey, setting: Setting) -> Column:
    """Everything about one column that has no role of its own; roles are set afterwards by :func:`with_role`."""
    spelling = setting.spellings.get(column.name)
    looks = looks_of(column, setting.survey.rows, fewest=setting.min_cell)
    if spelling is not None and spelling.unclear:
        looks = Looks("comma", why=f"{spelling.why}: write 1234.5 in the file")
    if looks.kind == "empty":
        return Column(column.name, "text", Use.DROPPED, ("it is empty",), missing_share=1.0)
    if looks.kind in ("note", "identifier", "comma"):
        return _left_out(column, looks, setting)
    if looks.kind == "datetime":
        found = _dates(column, looks, setting)
    elif looks.kind in ("integer", "float", "code"):
        found = numbers_of(column, looks, setting)
    elif looks.kind == "boolean":
        found = start(column, missing.in_levels(column.facts, set()), setting, "boolean", Use.NUMBER)
    elif looks.kind == "diagnosis":
        found = _diagnosis(column, looks)
    else:
        found = _levels(column, looks, setting)
    return _unless_late(found, setting)


def _left_out(column: ColumnSurvey, looks: Looks, setting: Setting) -> Column:
    facts = column.facts
    kind = "integer" if facts.numbers.plain == facts.filled and not facts.numbers.leading_zero else "text"
    if facts.numbers.too_long:
        kind = "text"
    found = missing.in_levels(facts, set())
    return Column(
        column.name,
        kind,
        Use.DROPPED,
        (looks.why,),
        nullable=bool(facts.blank or found.count),
        unique=column.unique,
        missing=found.texts,
        missing_share=coarse((facts.blank + found.count) / setting.survey.rows),
    )


def _dates(column: ColumnSurvey, looks: Looks, setting: Setting) -> Column:
    facts = column.facts
    found = missing.in_days(facts)
    item = facts.layouts[looks.layout]
    assert item.low is not None
    assert item.high is not None
    base = start(column, found, setting, "datetime", Use.DATE)
    low, high = item.low, item.high
    for text in facts.days:  # fillers that were taken for real days
        if text not in found.texts and not pd.isna(day := pd.to_datetime(text, errors="coerce", utc=True)):
            low, high = min(low, day.tz_localize(None)), max(high, day.tz_localize(None))
    base = replace(base, layout=looks.layout, with_time=item.with_time > 0, first=low, last=high)
    if looks.ambiguous:
        return replace(
            base, use=Use.DROPPED, why=(*base.why, "day and month cannot be told apart: write dates as 2024-12-31")
        )
    return tolerating(base, "dtype", looks.odd, setting)


def _diagnosis(column: ColumnSurvey, looks: Looks) -> Column:
    found = missing.in_levels(column.facts, set(column.levels or ()))
    return Column(
        column.name,
        "text",
        Use.DIAGNOSIS,
        (*found.why, looks.why + ": grouped by chapter"),
        layout=looks.layout,
        nullable=bool(column.facts.blank or found.count),
        missing=found.texts,
        missing_share=coarse((column.facts.blank + found.count) / column.facts.rows),
    )


def _levels(column: ColumnSurvey, looks: Looks, setting: Setting) -> Column:
    found = missing.in_levels(column.facts, set(column.levels or ()))
    base = start(column, found, setting, "category", Use.CATEGORY)
    if looks.why:
        base = replace(base, why=(*base.why, looks.why))
    assert column.levels is not None
    distinct = len(column.levels) - sum(text in column.levels for text in found.texts)
    levels, is_open = common_levels(column, found, setting, MOST_LISTED)
    if distinct > MOST_LISTED or not levels:
        levels, _ = common_levels(column, found, setting, COMMONEST)
        base = replace(base, kind="text", use=Use.COMMONEST, levels=levels, open=True)
        shown = f"the {len(levels)} commonest, the rest is other"
        if len(levels) > 1:
            base = replace(base, why=(*base.why, f"{_about(distinct)} levels: {shown}"))
    else:
        base = replace(base, levels=levels, open=is_open)
        if is_open:
            rare = sum(n for text, n in column.levels.items() if text not in levels and text not in found.texts)
            if (
                rare > _MOST_RARE * setting.survey.rows
                or share_allowed(rare, setting.survey.rows, setting.min_cell) > _MOST_RARE
            ):
                base = replace(base, kind="text")
            else:
                base = tolerating(base, "categories", rare, setting)
            base = replace(base, why=(*base.why, f"levels of fewer than {setting.min_cell} rows are not listed"))
    if alike := _alike(levels):
        base = replace(
            base, why=(*base.why, f"{alike} differ only in case: if they are one level, write them alike in the file")
        )
    if len(base.levels) < 2 and not (len(base.levels) == 1 and base.missing_share >= 0.01):
        alone = (
            "it has one value only"
            if distinct == 1
            else f"fewer than two of its {f'{_about(distinct)} ' if distinct > MOST_LISTED else ''}levels are common enough to be named"
        )
        return replace(base, use=Use.KEPT, why=(*base.why, alone))
    return base


def _alike(levels: tuple[str, ...]) -> str:
    """The named levels that are one when case does not count; empty if there are none."""
    folded = Counter(level.casefold() for level in levels)
    return " and ".join(repr(level) for level in levels if folded[level.casefold()] > 1)


def _unless_late(column: Column, setting: Setting) -> Column:
    """Leaves out of the features what is known only later, or alone knows the outcome."""
    request = setting.request
    suspicion = leakage.by_name(column.name, request.outcome)
    column = replace(column, known_at=suspicion.known_at)
    if leakage.later(suspicion.known_at, setting.predict_at) and column.use.feature:
        return replace(column, use=Use.KEPT, why=(*column.why, f"suspected leak: {suspicion.reason}"))
    if not column.use.feature or column.use is Use.DATE:
        return column
    area = leakage.alone(
        _sampled(column, setting),
        setting.survey.sample_outcome,
        numeric=column.use is Use.NUMBER and column.kind != "boolean",
        fewest=setting.min_cell,
    )
    if area >= setting.single_limit:
        why = f"suspected leak: alone it tells the outcome (AUROC {area:.2f}; limit {setting.single_limit:g})"
        return replace(column, use=Use.KEPT, known_at="outcome", why=(*column.why, why))
    return column


def _sampled(column: Column, setting: Setting) -> pd.Series:
    values = setting.survey.sample[column.name]
    values = values.where(~values.isin(column.missing))
    numeric = column.use is Use.NUMBER and column.kind != "boolean"
    return pd.to_numeric(values.astype(object), errors="coerce") if numeric else values


def _about(count: int) -> str:
    return f"{count}" if count < 100 else f"about {round(count, -(len(str(count)) - 1))}"
