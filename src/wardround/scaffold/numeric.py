"""Columns of numbers: codes taken out, a clinical quantity and its unit recognised, limits rounded outwards."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from wardround.scaffold import missing
from wardround.scaffold.clinical import ACCEPTED, Quantity, Unit, recognise
from wardround.scaffold.decision import Column, Use
from wardround.scaffold.kinds import Looks
from wardround.scaffold.limits import outwards
from wardround.scaffold.missing import Codes
from wardround.scaffold.outcome import number
from wardround.scaffold.setting import COMMONEST, Setting, common_levels, has_people, start, tolerating
from wardround.scaffold.survey import ColumnSurvey


def numbers_of(column: ColumnSurvey, looks: Looks, setting: Setting) -> Column:
    """The decision about a column that looks like numbers, whole or not, or like numbers that name things."""
    facts = column.facts
    quantity = recognise(column.name)
    plausible = _unit(quantity, column, setting)
    zero_is_missing = quantity is not None and plausible is not None and not quantity.zero
    found = missing.in_numbers(facts, zero_is_missing=zero_is_missing, min_cell=setting.min_cell)
    remarks = tuple(text for text in looks.remarks if has_people(column.name, text, setting))
    found = missing.with_remarks(found, facts, remarks)
    odd = looks.odd + sum(facts.odd[text] for text in looks.remarks if text not in remarks)
    whole = looks.kind != "float"
    base = start(
        column, found, setting, "integer" if whole else "float", Use.CODE if looks.kind == "code" else Use.NUMBER
    )
    if (spelling := setting.spellings.get(column.name)) is not None and spelling.numeral is not None:
        base = replace(base, numeral=spelling.numeral, why=(*base.why, spelling.why))
    base = tolerating(base, "dtype", odd, setting)
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
        return tolerating(base, "range", beyond, setting) if beyond else base
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
    values = sampled_numbers(column.name, found, setting)
    if looks.kind != "code" and not zero_is_missing and missing.suspicious_zero(facts, float(values.median())):
        base = replace(
            base, why=(*base.why, 'zeros stand apart from all other values: if they mean missing, add "0" to missing')
        )
    base = replace(base, low=low, high=high)
    if found.low == found.high:
        return replace(base, use=Use.KEPT, why=(*base.why, "it has one value only"))
    if base.use is Use.CODE:
        levels, is_open = common_levels(column, found, setting, COMMONEST * 2)
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
    values = sampled_numbers(column.name, found, setting).dropna().to_numpy()
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
    values = sampled_numbers(column.name, found, setting)
    share = float(((values < unit.low) | (values > unit.high)).mean())
    return max(1, round(share * setting.survey.rows))


def sampled_numbers(name: str, found: Codes, setting: Setting) -> pd.Series[float]:
    """The sample's numbers (n,), NaN where there is none or a code."""
    values = setting.survey.sample[name]
    levels = pd.Series(values.cat.categories, dtype=object)
    numbers = pd.to_numeric(levels.where(~levels.isin(found.texts)), errors="coerce").to_numpy(dtype=float)
    codes = values.cat.codes.to_numpy()
    return pd.Series(np.where(codes >= 0, np.append(numbers, np.nan)[codes], np.nan))
