"""From what a column looks like to what it is for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from wardround.scaffold import leakage, missing
from wardround.scaffold.clinical import ACCEPTED, Quantity, Unit, recognise
from wardround.scaffold.decision import Column, Use
from wardround.scaffold.kinds import MOST_LISTED, Looks, looks_of
from wardround.scaffold.limits import coarse, outwards, share_allowed
from wardround.scaffold.missing import Codes
from wardround.scaffold.outcome import number
from wardround.scaffold.request import DataRequest, Moment
from wardround.scaffold.survey import ColumnSurvey, Survey

#: The commonest levels that become categories of a feature; the rest is *other*. Project choice.
_COMMONEST = 30
#: With more rare levels than this share of rows the contract lists no levels: a list that much is outside of checks nothing.
_MOST_RARE = 0.05


@dataclass(frozen=True)
class Setting:
    """What all columns share. ``single_limit`` is the gate's limit for the AUROC of one feature alone."""

    survey: Survey
    request: DataRequest
    predict_at: Moment
    min_cell: int
    single_limit: float


def decide(column: ColumnSurvey, setting: Setting) -> Column:
    """Everything about one column that has no role of its own; roles are set afterwards by :func:`with_role`."""
    looks = looks_of(column, setting.survey.rows)
    if looks.kind == "empty":
        return Column(column.name, "text", Use.DROPPED, ("it is empty",), missing_share=1.0)
    if looks.kind in ("note", "identifier", "comma"):
        return _left_out(column, looks, setting)
    if looks.kind == "datetime":
        found = _dates(column, looks, setting)
    elif looks.kind in ("integer", "float", "code"):
        found = _numbers(column, looks, setting)
    elif looks.kind == "boolean":
        found = _base(column, missing.in_levels(column.facts, set()), setting, "boolean", Use.NUMBER)
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
    base = _base(column, found, setting, "datetime", Use.DATE)
    low, high = item.low, item.high
    for text in facts.days:  # fillers that were taken for real days
        if text not in found.texts and not pd.isna(day := pd.to_datetime(text, errors="coerce", utc=True)):
            low, high = min(low, day.tz_localize(None)), max(high, day.tz_localize(None))
    base = replace(base, layout=looks.layout, with_time=item.with_time > 0, first=low, last=high)
    if looks.ambiguous:
        return replace(
            base, use=Use.DROPPED, why=(*base.why, "day and month cannot be told apart: write dates as 2024-12-31")
        )
    return _tolerating(base, "dtype", looks.odd, setting)


def _numbers(column: ColumnSurvey, looks: Looks, setting: Setting) -> Column:
    facts = column.facts
    quantity = recognise(column.name)
    plausible = _unit(quantity, column, setting)
    zero_is_missing = quantity is not None and plausible is not None and not quantity.zero
    found = missing.in_numbers(facts, zero_is_missing=zero_is_missing, min_cell=setting.min_cell)
    whole = looks.kind != "float"
    base = _base(
        column, found, setting, "integer" if whole else "float", Use.CODE if looks.kind == "code" else Use.NUMBER
    )
    base = _tolerating(base, "dtype", looks.odd, setting)
    if found.low > found.high:
        return replace(base, use=Use.DROPPED, why=(*base.why, "nothing but codes for missing values is left"))
    if plausible is not None and quantity is not None:
        beyond = _beyond(column, found, plausible, setting)
        base = replace(
            base,
            low=plausible.low,
            high=plausible.high,
            unit=plausible.name,
            why=(*base.why, f"{quantity.name} in {plausible.name}"),
            description=quantity.name,
        )
        return _tolerating(base, "range", beyond, setting) if beyond else base
    low, high = (
        (0, 1)
        if whole and (found.low, found.high) in {(0, 1), (0, 0), (1, 1)}
        else outwards(found.low, found.high, whole=whole)
    )
    if quantity is not None:
        base = replace(
            base, why=(*base.why, f"called like {quantity.name}, but its values do not lie where those would")
        )
    if looks.why:
        base = replace(base, why=(*base.why, looks.why))
    values = _sampled_numbers(column.name, found, setting)
    if looks.kind != "code" and not zero_is_missing and missing.suspicious_zero(facts, float(values.median())):
        base = replace(
            base, why=(*base.why, 'zeros stand apart from all other values: if they mean missing, add "0" to missing')
        )
    base = replace(base, low=low, high=high)
    if found.low == found.high:
        return replace(base, use=Use.KEPT, why=(*base.why, "it has one value only"))
    if base.use is Use.CODE:
        levels, is_open = _common(column, found, setting.min_cell, _COMMONEST * 2)
        if len(levels) < 2:
            return replace(
                base, use=Use.KEPT, why=(*base.why, "fewer than two of its values are common enough to be named")
            )
        return replace(base, levels=levels, open=is_open)
    return base


def _unit(quantity: Quantity | None, column: ColumnSurvey, setting: Setting) -> Unit | None:
    """The unit in whose limits nearly all values lie; zeros and codes that stand apart do not count."""
    if quantity is None:
        return None
    found = missing.in_numbers(column.facts, zero_is_missing=not quantity.zero, min_cell=setting.min_cell)
    values = _sampled_numbers(column.name, found, setting).dropna().to_numpy()
    if not len(values):
        return None
    for unit in quantity.units:
        if np.mean((values >= unit.low) & (values <= unit.high)) >= ACCEPTED:
            return unit
    return None


def _beyond(column: ColumnSurvey, found: Codes, unit: Unit, setting: Setting) -> int:
    """Rows outside a unit's limits: exact where levels are known, scaled up from the sample elsewhere."""
    if found.low >= unit.low and found.high <= unit.high:
        return 0
    if column.levels is not None:
        outside = (
            count
            for text, count in column.levels.items()
            if text not in found.texts and (number(text) < unit.low or number(text) > unit.high)
        )
        return sum(outside)
    values = _sampled_numbers(column.name, found, setting)
    share = float(((values < unit.low) | (values > unit.high)).mean())
    return max(1, round(share * setting.survey.rows))


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
    base = _base(column, found, setting, "category", Use.CATEGORY)
    if looks.why:
        base = replace(base, why=(*base.why, looks.why))
    assert column.levels is not None
    distinct = len(column.levels) - sum(text in column.levels for text in found.texts)
    levels, is_open = _common(column, found, setting.min_cell, MOST_LISTED)
    if distinct > MOST_LISTED or not levels:
        levels, _ = _common(column, found, setting.min_cell, _COMMONEST)
        base = replace(base, kind="text", use=Use.COMMONEST, levels=levels, open=True)
        base = replace(
            base, why=(*base.why, f"{_about(distinct)} levels: the {len(levels)} commonest, the rest is other")
        )
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
                base = _tolerating(base, "categories", rare, setting)
            base = replace(base, why=(*base.why, f"levels of fewer than {setting.min_cell} rows are not listed"))
    if len(base.levels) < 2 and not (len(base.levels) == 1 and base.missing_share >= 0.01):
        alone = (
            "it has one value only" if distinct == 1 else "fewer than two of its levels are common enough to be named"
        )
        return replace(base, use=Use.KEPT, why=(*base.why, alone))
    return base


def _common(column: ColumnSurvey, found: Codes, fewest: int, most: int) -> tuple[tuple[str, ...], bool]:
    """Levels of at least ``fewest`` rows, the ``most`` commonest, in natural order; and whether there are others."""
    assert column.levels is not None
    real = {text: count for text, count in column.levels.items() if text and text not in found.texts}
    common = sorted((text for text, count in real.items() if count >= fewest), key=lambda text: (-real[text], text))[
        :most
    ]
    return tuple(sorted(common, key=natural)), len(common) < len(real)


def natural(text: str) -> tuple[object, ...]:
    """A sort key that puts 2 before 10 and ``[10-20)`` before ``[100-110)``."""
    import re

    return tuple(
        (0, float(part), "") if part.replace(".", "", 1).isdigit() else (1, 0.0, part)
        for part in re.findall(r"\d+\.?\d*|\D+", text)
    )


def _base(column: ColumnSurvey, found: Codes, setting: Setting, kind: str, use: Use) -> Column:
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


def _tolerating(column: Column, rule: str, count: int, setting: Setting) -> Column:
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


def _sampled_numbers(name: str, found: Codes, setting: Setting) -> pd.Series:
    values = setting.survey.sample[name]
    levels = pd.Series(values.cat.categories, dtype=object)
    numbers = pd.to_numeric(levels.where(~levels.isin(found.texts)), errors="coerce").to_numpy(dtype=float)
    codes = values.cat.codes.to_numpy()
    return pd.Series(np.where(codes >= 0, np.append(numbers, np.nan)[codes], np.nan))


def _about(count: int) -> str:
    return f"{count}" if count < 100 else f"about {round(count, -(len(str(count)) - 1))}"
