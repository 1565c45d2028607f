"""The survey of a table whose numbers may be written with commas, blanks or signs: a second look reads them as numbers."""

from __future__ import annotations

from copy import deepcopy

from wardround.scaffold.kinds import has_forms, looks_of
from wardround.scaffold.outcome import Exclusion, Label
from wardround.scaffold.spelling import Forms, Spelling, respelt, spellings
from wardround.scaffold.survey import Survey, survey
from wardround.tables import TableReader


def spelled(
    reader: TableReader, label: Label, exclusion: Exclusion, min_cell: int, as_written: frozenset[str]
) -> tuple[Survey, dict[str, Spelling]]:
    """The survey, and the notation of each column of numbers that has one of its own; ``as_written`` are left alone.

    The file is read once when all numbers are plain, else again with the notations; ``exclusion`` collects what it sees.
    """
    names = reader.columns
    found = survey(reader.text_batches(), names, label, exclusion)
    spelt = spellings(_forms(found, as_written))
    while numerals := {name: item.numeral for name, item in spelt.items() if item.numeral is not None}:
        again = survey(respelt(reader.text_batches(), names, numerals), names, label, deepcopy(exclusion))
        others = [
            name
            for name in numerals
            if looks_of(again.columns[name], again.rows, fewest=min_cell).kind not in ("integer", "float", "code")
        ]
        if not others:
            return again, spelt
        spelt = {name: item for name, item in spelt.items() if name not in others}
    return found, spelt


def _forms(found: Survey, as_written: frozenset[str]) -> dict[str, Forms]:
    forms = {}
    for name, column in found.columns.items():
        if name in as_written or not has_forms(column):
            continue
        numbers = column.facts.numbers
        forms[name] = numbers.forms.plus(
            plain=numbers.plain, dotted=numbers.dotted, point=numbers.count - numbers.plain - numbers.dotted
        )
    return forms
